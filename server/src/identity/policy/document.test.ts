import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePolicy, type PolicyDocument, type PolicyKind } from './document.ts'

const A = '111111111111'
const SYNTAX = 'Syntax errors in policy.'
const PREFIX = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const GOOD = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
const RESOURCE = { ...GOOD, Principal: '*' }
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: A } }

function faults(document: unknown, kind: PolicyKind = 'identity'): readonly string[] {
  const found = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind)
  return found.kind === 'faulty' ? found.faults.map(({ place, message }) => `${place}: ${message}`) : []
}

/** The faults of one statement in a list. */
const of = (statement: object, kind: PolicyKind = 'identity'): readonly string[] =>
  faults({ Statement: [statement] }, kind)

function parsed(document: unknown, kind: PolicyKind): PolicyDocument {
  const found = parsePolicy(JSON.stringify(document), kind)
  assert.equal(found.kind, 'parsed', JSON.stringify(found))
  if (found.kind !== 'parsed') throw new Error('unreachable')
  return found.document
}

test('the document: JSON, an object, known fields, a version, an id, at least one statement', () => {
  assert.deepEqual(faults('{'), [': This policy contains invalid Json'])
  assert.deepEqual(faults(''), [': This policy contains invalid Json'])
  for (const other of ['[]', 'null', '1', '"text"', 'true']) assert.deepEqual(faults(other), [`: ${SYNTAX}`], other)
  const good = { Statement: [GOOD] }
  assert.deepEqual(faults(good), [])
  assert.deepEqual(faults({ Statement: GOOD }), [])
  assert.deepEqual(faults({ ...good, Version: '2012-10-17', Id: 'me' }), [])
  assert.deepEqual(faults({ ...good, Version: '2008-10-17' }), [])
  assert.deepEqual(faults({ ...good, Version: '2020-01-01' }), [`Version: ${SYNTAX}`])
  assert.deepEqual(faults({ ...good, Version: 2012 }), [`Version: ${SYNTAX}`])
  assert.deepEqual(faults({ ...good, Id: 7 }), [`Id: ${SYNTAX}`])
  assert.deepEqual(faults({ ...good, Extra: 1 }), [`Extra: ${SYNTAX}`])
  for (const Statement of [[], undefined]) assert.deepEqual(faults({ Statement }), [`Statement: ${SYNTAX}`])
  assert.deepEqual(faults({ Statement: 'text' }), [`Statement: ${SYNTAX}`])
  assert.deepEqual(faults({ Statement: null }), [`Statement: ${SYNTAX}`])
  assert.deepEqual(faults({ Statement: [GOOD, 'text', [GOOD], null] }), [
    `Statement[1]: ${SYNTAX}`,
    `Statement[2]: ${SYNTAX}`,
    `Statement[3]: ${SYNTAX}`,
  ])
})

test('all faults are told, each with its place', () => {
  assert.deepEqual(
    faults({ Version: 'x', Statement: { Effect: 'Maybe', Action: 's3:Get*', Resource: '*', Extra: 1 } }),
    [`Version: ${SYNTAX}`, `Statement.Extra: ${SYNTAX}`, `Statement.Effect: ${SYNTAX}`],
  )
})

test('statements: effect and id', () => {
  assert.deepEqual(of({ ...GOOD, Effect: 'Deny' }), [])
  for (const Effect of ['allow', 'DENY', '', 1, undefined])
    assert.deepEqual(of({ ...GOOD, Effect }), [`Statement[0].Effect: ${SYNTAX}`])
  assert.deepEqual(of({ ...GOOD, Other: 1 }), [`Statement[0].Other: ${SYNTAX}`])
  const wrongSid =
    'Statement[0].Sid: Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
  for (const Sid of ['', 'A', 'abc123XYZ', '0']) assert.deepEqual(of({ ...GOOD, Sid }), [], Sid)
  for (const Sid of ['a b', 'a-b', '-ab', 'ab-', 'ä', 'a\n']) assert.deepEqual(of({ ...GOOD, Sid }), [wrongSid], Sid)
  assert.deepEqual(of({ ...GOOD, Sid: 7 }), [`Statement[0].Sid: ${SYNTAX}`])
  // Resource policies may have any text.
  assert.deepEqual(of({ ...RESOURCE, Sid: 'any text: at-all' }, 'resource'), [])
  const twice = {
    Statement: [
      { ...GOOD, Sid: 'a' },
      { ...GOOD, Sid: 'b' },
      { ...GOOD, Sid: 'a' },
      { ...GOOD, Sid: '' },
      { ...GOOD, Sid: '' },
    ],
  }
  assert.deepEqual(faults(twice), ['Statement[2].Sid: Statement IDs (SID) in a single policy must be unique.'])
})

test('actions: one of Action and NotAction, each of a vendor', () => {
  for (const action of [
    '*',
    's3:*',
    's3:Get*',
    's3:?et',
    'iot-data:Publish',
    'S3:GETOBJECT',
    'ec2:Run2',
    ['s3:A', 'sqs:B'],
  ])
    for (const name of ['Action', 'NotAction'])
      assert.deepEqual(of({ Effect: 'Allow', [name]: action, Resource: '*' }), [], `${name} ${String(action)}`)
  assert.deepEqual(of({ Effect: 'Allow', Resource: '*' }), ['Statement[0]: Policy statement must contain actions.'])
  assert.deepEqual(of({ ...GOOD, NotAction: 's3:*' }), [`Statement[0]: ${SYNTAX}`])
  for (const name of ['Action', 'NotAction']) {
    const place = `Statement[0].${name}`
    const withAction = (action: unknown): readonly string[] => of({ Effect: 'Allow', [name]: action, Resource: '*' })
    assert.deepEqual(withAction('get'), [`${place}: ${PREFIX}`])
    assert.deepEqual(withAction('**'), [`${place}: ${PREFIX}`])
    for (const action of [
      's3:',
      ':Get',
      's3:Get:x',
      's 3:Get',
      's3:Get Object',
      's3:Get-x',
      's*:Get',
      's3:Get\n',
      '\ns3:Get',
    ])
      assert.deepEqual(withAction(action), [`${place}: ${SYNTAX}`], action)
    assert.deepEqual(withAction(['s3:A', 'get', 's3:']), [`${place}: ${PREFIX}`, `${place}: ${SYNTAX}`])
    assert.deepEqual(withAction([]), ['Statement[0]: Policy statement must contain actions.'])
    assert.deepEqual(withAction(7), [`${place}: ${SYNTAX}`, 'Statement[0]: Policy statement must contain actions.'])
    assert.deepEqual(withAction(''), [`${place}: ${SYNTAX}`, 'Statement[0]: Policy statement must contain actions.'])
    assert.deepEqual(withAction(['s3:A', 7]), [`${place}: ${SYNTAX}`])
  }
})

test('resources: one of Resource and NotResource, none in a trust policy', () => {
  for (const resource of [
    '*',
    'arn:aws:s3:::b',
    'arn:aws:s3:::b/*',
    'arn:aws:s3*',
    'arn:*',
    'arn:aws:sqs:eu:1:q:r',
    ['*', 'arn:aws:s3:::b'],
  ])
    for (const name of ['Resource', 'NotResource'])
      assert.deepEqual(of({ Effect: 'Allow', Action: 's3:*', [name]: resource }), [], `${name} ${String(resource)}`)
  for (const name of ['Resource', 'NotResource'])
    for (const resource of [
      'b',
      'arn:aws:s3',
      'arn:aws:s3::b',
      'xarn:aws:s3:::b',
      'arn:aws:s3:::a b',
      '**',
      'arn:aws:s3:::a\nb',
    ])
      assert.deepEqual(
        of({ Effect: 'Allow', Action: 's3:*', [name]: resource }),
        [`Statement[0].${name}: Resource ${resource} must be in ARN format or "*".`],
        resource,
      )
  assert.deepEqual(of({ Effect: 'Allow', Action: 's3:*' }), ['Statement[0]: Policy statement must contain resources.'])
  assert.deepEqual(of({ ...GOOD, NotResource: '*' }), [`Statement[0]: ${SYNTAX}`])
  assert.deepEqual(of(TRUST, 'trust'), [])
  for (const name of ['Resource', 'NotResource'])
    assert.deepEqual(of({ ...TRUST, [name]: 'anything' }, 'trust'), [
      'Statement[0].Resource: Has prohibited field Resource',
    ])
})

test('principals: none in identity policies, one of two elsewhere', () => {
  const prohibited = ['Statement[0]: Policy document should not specify a principal.']
  assert.deepEqual(of(RESOURCE), prohibited)
  assert.deepEqual(of({ ...GOOD, NotPrincipal: '*' }), prohibited)
  for (const kind of ['resource', 'trust'] as const) {
    const base = kind === 'resource' ? GOOD : { Effect: 'Allow', Action: 'sts:AssumeRole' }
    assert.deepEqual(of(base, kind), ['Statement[0]: Missing required field Principal'])
    assert.deepEqual(of({ ...base, Principal: '*', NotPrincipal: '*' }, kind), [`Statement[0]: ${SYNTAX}`])
    assert.deepEqual(of({ ...base, NotPrincipal: { AWS: A } }, kind), [])
  }
})

test('principals: whom they may name', () => {
  for (const Principal of [
    '*',
    { AWS: '*' },
    { AWS: A },
    { AWS: [A, `arn:aws:iam::${A}:root`] },
    { AWS: `arn:aws:iam::${A}:user/path/ann` },
    { AWS: `arn:aws:iam::${A}:role/r` },
    { AWS: `arn:aws-cn:iam::${A}:role/r` },
    { AWS: `arn:aws:sts::${A}:assumed-role/r/s` },
    { AWS: `arn:aws:sts::${A}:federated-user/f` },
    { AWS: [`arn:aws:sts::${A}:assumed-role/role/session`, `arn:aws:sts::${A}:federated-user/guest`] },
    { AWS: 'AIDA1234567890ABCDEF' },
    { AWS: 'AROA1234567890AB' },
    { Service: 's3.amazonaws.com' },
    { Service: ['s3.amazonaws.com', 'delivery.logs-1.amazonaws.com'] },
    { Federated: 'accounts.example.com', CanonicalUser: 'abc' },
  ])
    assert.deepEqual(of({ ...GOOD, Principal }, 'resource'), [], JSON.stringify(Principal))
  for (const value of [
    'me',
    '11111111111',
    '1111111111111',
    `x${A}`,
    `${A}x`,
    `arn:aws:iam::${A}:group/g`,
    `arn:aws:iam::${A}:user`,
    `arn:aws:iam::${A}:user/`,
    `arn:aws:iam::${A}:rooted`,
    `arn:aws:iam::${A}:user/*`,
    `arn:aws:iam::${A}:user/a?`,
    `arn:aws:iam::1:root`,
    `xarn:aws:iam::${A}:root`,
    `arn:AWS:iam::${A}:root`,
    `arn:awsé:iam::${A}:root`,
    `arn:aws:sts::${A}:assumed-role/r`,
    `arn:aws:sts::${A}:assumed-role/r/`,
    `arn:aws:sts::${A}:assumed-role//s`,
    `arn:aws:sts::${A}:federated-user/`,
    `arn:aws:sts::${A}:root`,
    'AIDA123',
    'AIDA1234567890abcdef',
    'XAIDA1234567890ABCDEF',
    'AGPA1234567890ABCDEF',
    `AIDA${'1'.repeat(29)}`,
  ])
    assert.deepEqual(
      of({ ...GOOD, Principal: { AWS: value } }, 'resource'),
      [`Statement[0].Principal: Invalid principal in policy: "AWS":"${value}"`],
      value,
    )
  for (const value of ['S3.amazonaws.com', 's3 amazonaws', '*', 'x s3.amazonaws.com', 's3.amazonaws.com x'])
    assert.deepEqual(
      of({ ...GOOD, Principal: { Service: value } }, 'resource'),
      [`Statement[0].Principal: Invalid principal in policy: "SERVICE":"${value}"`],
      value,
    )
  for (const found of ['me', {}, [], 7, ['*']])
    assert.deepEqual(
      of({ ...GOOD, Principal: found }, 'resource'),
      [`Statement[0].Principal: Invalid principal in policy: ${JSON.stringify(found)}`],
      JSON.stringify(found),
    )
  assert.deepEqual(of({ ...GOOD, NotPrincipal: { Robot: A, AWS: 'me' } }, 'resource'), [
    `Statement[0].NotPrincipal: Invalid principal in policy: {"Robot":"${A}","AWS":"me"}`,
    'Statement[0].NotPrincipal: Invalid principal in policy: "AWS":"me"',
  ])
  assert.deepEqual(of({ ...GOOD, Principal: { AWS: [A, 7] } }, 'resource'), [`Statement[0].Principal.AWS: ${SYNTAX}`])
  assert.deepEqual(of({ ...GOOD, Principal: 'x'.repeat(300) }, 'resource'), [
    `Statement[0].Principal: Invalid principal in policy: "${'x'.repeat(199)}`,
  ])
})

test('conditions', () => {
  const place = 'Statement[0].Condition'
  const withCondition = (Condition: unknown): readonly string[] => of({ ...GOOD, Condition })
  assert.deepEqual(withCondition({}), [])
  assert.deepEqual(withCondition({ StringEquals: {} }), [])
  assert.deepEqual(withCondition({ StringEquals: { 'aws:x': ['a', 1, true] }, Bool: { 'aws:y': false } }), [])
  for (const bad of ['text', [], null, 7]) assert.deepEqual(withCondition(bad), [`${place}: ${SYNTAX}`])
  assert.deepEqual(withCondition({ Nope: {} }), [`${place}.Nope: Invalid Condition type : Nope`])
  assert.deepEqual(withCondition({ Bool: 'x' }), [`${place}.Bool: ${SYNTAX}`])
  assert.deepEqual(withCondition({ Bool: { key: 'x' } }), [`${place}.Bool.key: ${PREFIX}`])
  for (const value of [null, {}, [null], [[]]])
    assert.deepEqual(withCondition({ Bool: { 'aws:y': value } }), [`${place}.Bool.aws:y: ${SYNTAX}`])
})

test('what a document says is what is read', () => {
  assert.deepEqual(
    parsed(
      {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'one',
            Effect: 'Deny',
            NotPrincipal: { AWS: [A, '*'], Service: 's3.amazonaws.com' },
            NotAction: ['s3:A', 'sqs:B'],
            NotResource: 'arn:aws:s3:::b',
            Condition: { StringEquals: { 'aws:x': ['a', 1, true], 'aws:y': 'b' } },
          },
          { Sid: '', Effect: 'Allow', Principal: '*', Action: '*', Resource: ['*'] },
        ],
      },
      'resource',
    ),
    {
      hasVariables: true,
      statements: [
        {
          sid: 'one',
          effect: 'Deny',
          principal: {
            negated: true,
            values: [
              { kind: 'AWS', value: A },
              { kind: 'AWS', value: '*' },
              { kind: 'Service', value: 's3.amazonaws.com' },
            ],
          },
          action: { negated: true, values: ['s3:A', 'sqs:B'] },
          resource: { negated: true, values: ['arn:aws:s3:::b'] },
          conditions: [
            { operator: 'StringEquals', key: 'aws:x', values: ['a', '1', 'true'] },
            { operator: 'StringEquals', key: 'aws:y', values: ['b'] },
          ],
        },
        {
          sid: undefined,
          effect: 'Allow',
          principal: { negated: false, values: [{ kind: 'AWS', value: '*' }] },
          action: { negated: false, values: ['*'] },
          resource: { negated: false, values: ['*'] },
          conditions: [],
        },
      ],
    },
  )
  assert.deepEqual(parsed({ Version: '2008-10-17', Statement: TRUST }, 'trust'), {
    hasVariables: false,
    statements: [
      {
        sid: undefined,
        effect: 'Allow',
        principal: { negated: false, values: [{ kind: 'AWS', value: A }] },
        action: { negated: false, values: ['sts:AssumeRole'] },
        resource: undefined,
        conditions: [],
      },
    ],
  })
  assert.equal(parsed({ Statement: GOOD }, 'identity').hasVariables, false)
  assert.equal(parsed({ Statement: GOOD }, 'identity').statements[0]?.principal, undefined)
})
