// Decisions with the statement that made them, case by case as the IAM user guide tells them. That allowed and not allowed
// are right on random policies, evaluator.property.test.ts holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyCaller } from './caller.ts'
import { compilePolicy } from './compile.ts'
import { CompiledPolicies } from './compiled-policies.ts'
import { conditionKeysOf } from './condition-keys.ts'
import { type AccessRequest, type Decision, evaluate, type NamedPolicy, type PolicySet } from './evaluate.ts'

const A = '111111111111'
const B = '222222222222'
const USER: PolicyCaller = { kind: 'user', account: A, arn: `arn:aws:iam::${A}:user/ann` }
const ROOT: PolicyCaller = { kind: 'root', account: A }
const SESSION: PolicyCaller = {
  kind: 'session',
  account: A,
  arn: `arn:aws:sts::${A}:assumed-role/r/s`,
  roleArn: `arn:aws:iam::${A}:role/r`,
}
const BUCKET = 'arn:aws:s3:::b'

const NONE = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
const ALLOW = { Sid: 'yes', Effect: 'Allow', Action: 's3:Get*', Resource: '*' }
const DENY = { Sid: 'no', Effect: 'Deny', Action: 's3:*', Resource: '*' }

function policy(name: string, kind: 'identity' | 'resource', ...Statement: readonly object[]): NamedPolicy {
  const compiled = compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), kind)
  if (compiled.kind === 'faulty') throw new Error(JSON.stringify(compiled.faults))
  return { name, policy: compiled.policy }
}

const own = (...statements: readonly object[]): NamedPolicy => policy('own', 'identity', ...statements)
const onBucket = (Principal: unknown, statement: object = ALLOW, ...more: readonly object[]): NamedPolicy =>
  policy('bucket', 'resource', ...more.map((one) => Object.assign({ Principal }, one)), { Principal, ...statement })

function decide(caller: PolicyCaller, policies: PolicySet, resourceAccount = A): Decision {
  return evaluate(
    { caller, action: 's3:GetObject', resource: BUCKET, resourceAccount, keys: conditionKeysOf({}) },
    policies,
  )
}

const by = (side: string, name: string, sid: string | undefined, index: number): object => ({
  side,
  policy: name,
  sid,
  index,
})
const missing = (side: string): object => ({ kind: 'not-allowed', missing: side })

test('a Deny anywhere decides, and is named', () => {
  const allowed = [own(ALLOW)]
  const open = [onBucket({ AWS: USER.arn })]
  assert.deepEqual(decide(USER, { identity: [own(ALLOW), policy('second', 'identity', NONE, DENY)] }), {
    kind: 'denied',
    by: by('identity', 'second', 'no', 1),
  })
  assert.deepEqual(decide(USER, { identity: allowed, resource: [onBucket('*', DENY, NONE)] }), {
    kind: 'denied',
    by: by('resource', 'bucket', 'no', 1),
  })
  assert.deepEqual(decide(USER, { identity: allowed, resource: open, boundary: policy('edge', 'identity', DENY) }), {
    kind: 'denied',
    by: by('boundary', 'edge', 'no', 0),
  })
  const { Sid: _sid, ...unnamed } = DENY
  assert.deepEqual(
    decide(USER, { identity: allowed, resource: open, session: [own(ALLOW), policy('s', 'identity', unnamed)] }),
    {
      kind: 'denied',
      by: by('session', 's', undefined, 0),
    },
  )
  // A Deny for somebody else, or of something else, is none.
  assert.equal(decide(USER, { identity: allowed, resource: [onBucket({ AWS: B }, DENY)] }).kind, 'allowed')
  assert.equal(decide(USER, { identity: [own(ALLOW, { ...DENY, Resource: 'arn:aws:s3:::other' })] }).kind, 'allowed')
})

test('within an account an identity policy is enough; without anything, identity is what is missing', () => {
  assert.deepEqual(decide(USER, { identity: [own(NONE), policy('mine', 'identity', NONE, ALLOW)] }), {
    kind: 'allowed',
    by: by('identity', 'mine', 'yes', 1),
  })
  assert.deepEqual(decide(USER, { identity: [] }), missing('identity'))
  assert.deepEqual(decide(USER, { identity: [own(NONE)], resource: [] }), missing('identity'))
  assert.deepEqual(decide(ROOT, { identity: 'everything' }), { kind: 'allowed', by: 'root' })
})

test('a resource policy that names the very user decides alone; one that names all or the role is limited', () => {
  const edge = policy('edge', 'identity', NONE)
  const exact = { kind: 'allowed', by: by('resource', 'bucket', 'yes', 0) }
  assert.deepEqual(decide(USER, { identity: [], boundary: edge, resource: [onBucket({ AWS: USER.arn })] }), exact)
  assert.deepEqual(decide(USER, { identity: [], resource: [onBucket('*')] }), exact)
  assert.deepEqual(decide(USER, { identity: [], boundary: edge, resource: [onBucket('*')] }), missing('boundary'))
  assert.deepEqual(
    decide(SESSION, { identity: [], session: [own(NONE)], resource: [onBucket({ AWS: SESSION.roleArn })] }),
    missing('session'),
  )
  assert.deepEqual(
    decide(SESSION, { identity: [], session: [own(NONE)], resource: [onBucket({ AWS: SESSION.arn })] }),
    exact,
  )
  // To name the account leaves it to the identity policies.
  assert.deepEqual(decide(USER, { identity: [], resource: [onBucket({ AWS: A })] }), missing('identity'))
  assert.deepEqual(decide(USER, { identity: [own(ALLOW)], resource: [onBucket({ AWS: A })] }), {
    kind: 'allowed',
    by: by('identity', 'own', 'yes', 0),
  })
})

test('of several statements of the resource the strongest counts, the first among equals', () => {
  const first = { ...ALLOW, Sid: 'first' }
  assert.deepEqual(decide(USER, { identity: [], resource: [onBucket('*', ALLOW, first)] }), {
    kind: 'allowed',
    by: by('resource', 'bucket', 'first', 0),
  })
  const mixed = policy(
    'bucket',
    'resource',
    { ...first, Principal: { AWS: A } },
    { ...ALLOW, Principal: { AWS: USER.arn } },
  )
  assert.deepEqual(decide(USER, { identity: [], resource: [mixed] }), {
    kind: 'allowed',
    by: by('resource', 'bucket', 'yes', 1),
  })
  const elsewhere = policy('bucket', 'resource', {
    ...ALLOW,
    Principal: { AWS: USER.arn },
    Resource: 'arn:aws:s3:::other',
  })
  assert.deepEqual(decide(USER, { identity: [], resource: [elsewhere] }), missing('identity'))
})

test('a boundary and session policies allow nothing by themselves, and take away', () => {
  const identity = [own(ALLOW)]
  const edge = (...statements: readonly object[]): NamedPolicy => policy('edge', 'identity', ...statements)
  assert.deepEqual(decide(USER, { identity, boundary: edge(NONE) }), missing('boundary'))
  assert.deepEqual(decide(USER, { identity: [], boundary: edge(ALLOW) }), missing('identity'))
  assert.equal(decide(USER, { identity, boundary: edge(ALLOW) }).kind, 'allowed')
  assert.deepEqual(decide(SESSION, { identity, session: [] }), missing('session'))
  assert.deepEqual(decide(SESSION, { identity, session: [own(NONE)] }), missing('session'))
  assert.equal(decide(SESSION, { identity, session: [own(NONE), own(ALLOW)] }).kind, 'allowed')
  assert.deepEqual(decide(SESSION, { identity: [], session: [own(ALLOW)] }), missing('identity'))
  assert.deepEqual(decide(SESSION, { identity, boundary: edge(NONE), session: [own(NONE)] }), missing('boundary'))
})

test('between accounts both sides must allow', () => {
  const identity = [own(ALLOW)]
  const granted = { kind: 'allowed', by: by('resource', 'bucket', 'yes', 0) }
  assert.deepEqual(decide(USER, { identity }, B), missing('resource'))
  assert.deepEqual(decide(USER, { identity, resource: [onBucket({ AWS: B })] }, B), missing('resource'))
  for (const principal of ['*', { AWS: A }, { AWS: USER.arn }]) {
    assert.deepEqual(decide(USER, { identity, resource: [onBucket(principal)] }, B), granted)
    assert.deepEqual(decide(USER, { identity: [], resource: [onBucket(principal)] }, B), missing('identity'))
    assert.deepEqual(
      decide(USER, { identity, boundary: own(NONE), resource: [onBucket(principal)] }, B),
      missing('boundary'),
    )
  }
  assert.deepEqual(decide(ROOT, { identity: 'everything', resource: [onBucket({ AWS: A })] }, B), granted)
  assert.deepEqual(decide(ROOT, { identity: 'everything' }, B), missing('resource'))
})

test('those of no account need the resource alone', () => {
  const granted = { kind: 'allowed', by: by('resource', 'bucket', 'yes', 0) }
  const service: PolicyCaller = { kind: 'service', service: 'sns.amazonaws.com' }
  assert.deepEqual(decide({ kind: 'anonymous' }, { identity: [], resource: [onBucket('*')] }), granted)
  assert.deepEqual(
    decide({ kind: 'anonymous' }, { identity: [], resource: [onBucket({ AWS: A })] }),
    missing('resource'),
  )
  assert.deepEqual(decide(service, { identity: [], resource: [onBucket({ Service: 'sns.amazonaws.com' })] }), granted)
  assert.deepEqual(decide(service, { identity: [] }), missing('resource'))
})

test('a resource with the last word must name the caller or trust its account; root always gets in', () => {
  const identity = [own(ALLOW)]
  const resourceDecides = true
  assert.deepEqual(decide(USER, { identity, resourceDecides }), missing('resource'))
  assert.deepEqual(decide(USER, { identity, resourceDecides, resource: [onBucket({ AWS: B })] }), missing('resource'))
  assert.equal(decide(USER, { identity, resourceDecides, resource: [onBucket({ AWS: A })] }).kind, 'allowed')
  assert.deepEqual(
    decide(USER, { identity: [], resourceDecides, resource: [onBucket({ AWS: A })] }),
    missing('identity'),
  )
  assert.equal(decide(USER, { identity: [], resourceDecides, resource: [onBucket('*')] }).kind, 'allowed')
  assert.deepEqual(decide(ROOT, { identity: 'everything', resourceDecides }), { kind: 'allowed', by: 'root' })
})

test('a policy answers for any number of actions, always the same', () => {
  const { policy: compiled } = policy(
    'p',
    'identity',
    { ...ALLOW, Action: ['s3:Get*', 's3:PUT*'] },
    { Sid: 'no', Effect: 'Deny', NotAction: 's3:get?', Resource: '*' },
  )
  const answers = (): readonly number[] =>
    ['s3:GetObject', 'S3:PUTOBJECT', 's3:put', 's3:getX', 'sqs:X', 's3:GetXY'].map((action) => {
      return compiled.concerning(action).reduce((sum, { index }) => sum + 10 ** index, 0)
    })
  const first = answers()
  assert.deepEqual(first, [11, 11, 11, 1, 10, 11])
  const object = compiled.concerning('s3:GetObject')
  compiled.concerning('s3:GetOther')
  assert.equal(compiled.concerning('s3:GetObject'), object)
  for (let index = 0; index < 254; index++) assert.equal(compiled.concerning(`s3:Get${index}`)[0]?.sid, 'yes')
  const kept = compiled.concerning('s3:Get0')
  assert.equal(compiled.concerning('s3:Get0'), kept)
  for (let index = 254; index < 600; index++) compiled.concerning(`s3:Get${index}`)
  assert.notEqual(compiled.concerning('s3:Get0'), kept, 'what is remembered is bounded')
  assert.deepEqual(answers(), first)
})

test('a trust policy concerns its role, whatever it is called', () => {
  const compiled = compilePolicy(
    JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } }),
    'trust',
  )
  assert.equal(compiled.kind, 'compiled')
  if (compiled.kind !== 'compiled') return
  const [statement] = compiled.policy.concerning('sts:AssumeRole')
  const matches = (resource: string): boolean | undefined =>
    statement?.matchesResource(resource, resource.split(':'), conditionKeysOf({}))
  assert.deepEqual([matches(`arn:aws:iam::${A}:role/r`), matches('*'), matches('')], [true, true, true])
})

test('variables mean something from 2012-10-17 on', () => {
  const keys = conditionKeysOf({ 'aws:username': 'ann' })
  const resource = 'arn:aws:s3:::home/ann'
  for (const [Version, kind] of [
    ['2012-10-17', 'allowed'],
    ['2008-10-17', 'not-allowed'],
  ] as const) {
    for (const statement of [
      { ...ALLOW, Resource: 'arn:aws:s3:::home/${aws:username}' },
      { ...ALLOW, Condition: { StringEquals: { 'aws:username': '${aws:username}' } } },
    ]) {
      const text = JSON.stringify({ Version, Statement: statement })
      const identity = [{ name: 'p', policy: new CompiledPolicies().of(text, 'identity') }]
      const asked: AccessRequest = { caller: USER, action: 's3:GetObject', resource, resourceAccount: A, keys }
      assert.equal(evaluate(asked, { identity }).kind, kind, `${Version} ${JSON.stringify(statement)}`)
    }
  }
})

test('the same text is compiled once for each kind, and one that does not compile is a bug', () => {
  const policies = new CompiledPolicies()
  const text = JSON.stringify({ Statement: { ...ALLOW, Principal: '*' } })
  assert.equal(policies.of(text, 'resource'), policies.of(text, 'resource'))
  assert.throws(() => policies.of(text, 'identity'), {
    name: 'InvariantError',
    message: /a stored policy does not compile: .*should not specify a principal/,
  })
  const trust = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } })
  assert.throws(() => policies.of(trust, 'resource'), { name: 'InvariantError' })
  assert.ok(policies.of(trust, 'trust').concerning('sts:AssumeRole')[0])
})

test('condition keys are found under their name in lower case, one value or several', () => {
  const keys = conditionKeysOf({
    'aws:UserName': 'ann',
    'aws:List': ['a', 'b'],
    'aws:None': undefined,
    'aws:Empty': '',
  })
  assert.deepEqual(keys.get('aws:username'), ['ann'])
  assert.deepEqual(keys.get('aws:list'), ['a', 'b'])
  assert.equal(keys.get('aws:none'), undefined)
  assert.deepEqual(keys.get('aws:empty'), [''])
  assert.equal(keys.get('aws:UserName'), undefined)
})
