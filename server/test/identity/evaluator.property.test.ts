// The evaluator against the naive one, on random policies and requests made from a small vocabulary, so that they meet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import type { PolicyCaller } from '#identity/policy/caller.ts'
import { compilePolicy } from '#identity/policy/compile.ts'
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import type { PolicyKind } from '#identity/policy/document.ts'
import { evaluate, type NamedPolicy } from '#identity/policy/evaluate.ts'
import { type Document, naiveAllows, type NaiveCase, type Statement } from './naive-evaluator.ts'

const CASES = Number(process.env['MAYFLY_TEST_CASES'] ?? 30_000)
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`evaluator.property.test.ts seed ${seed}`)
const random = seededRandom(seed)

const A = '111111111111'
const B = '222222222222'
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const chance = (p: number): boolean => random() < p
const some = <T>(from: readonly T[], most = 3): T[] =>
  Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(from))

const ACTIONS = ['s3:GetObject', 's3:PutObject', 'sqs:SendMessage', 'S3:getobject']
const ACTION_PATTERNS = ['*', 's3:*', 's3:Get*', 's3:?etObject', 'S3:GETOBJECT', 'sqs:*', 's3:*Object', 'iam:*']
const RESOURCES = [
  'arn:aws:s3:::b/k',
  'arn:aws:s3:::b/home/ann/x',
  'arn:aws:s3:::b',
  `arn:aws:sqs:eu-west-1:${A}:q`,
  `arn:aws:sqs:eu-west-1:${B}:q:r`,
  '*',
  'arn:aws:s3:::b/st*r',
]
const RESOURCE_PATTERNS = [
  '*',
  'arn:aws:s3:::b/*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::b/home/${aws:username}/*',
  'arn:aws:s3:::?',
  `arn:aws:sqs:*:${A}:*`,
  'arn:aws:sqs:eu-*:q',
  'arn:aws:s*',
  'arn:aws:s3:::b/st${*}r',
  'arn:*:s3:*:*:b/k',
  'arn:aws:sqs:*:*:q:r',
]
const CALLERS: readonly PolicyCaller[] = [
  { kind: 'anonymous' },
  { kind: 'root', account: A },
  { kind: 'user', account: A, arn: `arn:aws:iam::${A}:user/ann` },
  { kind: 'user', account: B, arn: `arn:aws:iam::${B}:user/bob` },
  {
    kind: 'session',
    account: A,
    arn: `arn:aws:sts::${A}:assumed-role/r/s`,
    roleArn: `arn:aws:iam::${A}:role/r`,
  },
  { kind: 'service', service: 's3.amazonaws.com' },
]
const PRINCIPALS: readonly NonNullable<Statement['Principal']>[] = [
  '*',
  { AWS: '*' },
  { AWS: A },
  { AWS: [`arn:aws:iam::${A}:root`, `arn:aws:iam::${B}:root`] },
  { AWS: `arn:aws:iam::${A}:user/ann` },
  { AWS: [`arn:aws:iam::${B}:user/bob`] },
  { AWS: `arn:aws:iam::${A}:role/r` },
  { AWS: `arn:aws:sts::${A}:assumed-role/r/s` },
  { Service: 's3.amazonaws.com' },
  { Service: ['sns.amazonaws.com'], AWS: B },
]
const KEYS = ['aws:username', 'aws:SourceIp', 'aws:Number', 'aws:When', 'aws:Flag', 'aws:SourceArn', 'aws:Many']
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'aws:username': ['ann', 'Ann', 'a*n', 'bob'],
  'aws:sourceip': ['10.0.0.1', '10.1.0.1', '192.168.7.7'],
  'aws:number': ['1', '2', '10', '-3.5', 'x'],
  'aws:when': ['2024-01-01T00:00:00Z', '2025-06-01T12:00:00Z'],
  'aws:flag': ['true', 'false', 'TRUE'],
  'aws:sourcearn': ['arn:aws:s3:::b', 'arn:aws:sns:eu-west-1:111111111111:t'],
  'aws:many': ['red', 'green', 'blue'],
}
const CONDITIONS: readonly (readonly [base: string, key: string, values: readonly string[]])[] = [
  ['StringEquals', 'aws:username', ['ann', 'bob', '${aws:Many}']],
  ['StringNotEquals', 'aws:username', ['ann', 'bob']],
  ['StringEqualsIgnoreCase', 'aws:username', ['ANN', 'x']],
  ['StringNotEqualsIgnoreCase', 'aws:username', ['ANN', 'x']],
  ['StringLike', 'aws:username', ['a*', '?nn', 'a${*}n']],
  ['StringNotLike', 'aws:Many', ['r*', 'b???']],
  ['NumericEquals', 'aws:Number', ['1', '10']],
  ['NumericNotEquals', 'aws:Number', ['1', '10']],
  ['NumericLessThan', 'aws:Number', ['2']],
  ['NumericLessThanEquals', 'aws:Number', ['2']],
  ['NumericGreaterThan', 'aws:Number', ['1']],
  ['NumericGreaterThanEquals', 'aws:Number', ['2']],
  ['DateEquals', 'aws:When', ['2024-01-01T00:00:00Z']],
  ['DateNotEquals', 'aws:When', ['2024-01-01T00:00:00Z']],
  ['DateLessThan', 'aws:When', ['2025-01-01T00:00:00Z']],
  ['DateGreaterThan', 'aws:When', ['2025-01-01T00:00:00Z']],
  ['Bool', 'aws:Flag', ['true', 'false']],
  ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '192.168.0.0/16', '10.0.0.1']],
  ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/16', '192.168.7.0/24']],
  ['ArnLike', 'aws:SourceArn', ['arn:aws:s3:::*', 'arn:aws:sns:*:*:t']],
  ['ArnNotLike', 'aws:SourceArn', ['arn:aws:s3:::*']],
  ['ArnEquals', 'aws:SourceArn', ['arn:aws:s3:::b']],
  ['ArnNotEquals', 'aws:SourceArn', ['arn:aws:s3:::?']],
  ['StringEquals', 'aws:Many', ['red', 'green']],
  ['StringNotEquals', 'aws:Many', ['red']],
]

function condition(): Statement['Condition'] {
  const made: Record<string, Record<string, string | string[]>> = {}
  for (let count = 1 + Math.floor(random() * 2); count > 0; count--) {
    if (chance(0.1)) {
      made['Null'] = { [pick(KEYS)]: pick(['true', 'false']) }
      continue
    }
    const [base, key, values] = pick(CONDITIONS)
    const name = `${pick(['', '', '', 'ForAllValues:', 'ForAnyValue:'])}${base}${pick(['', '', 'IfExists'])}`
    made[name] = { [key]: some(values, 2) }
  }
  return made
}

function statement(kind: PolicyKind): Statement {
  return {
    Effect: chance(0.25) ? 'Deny' : 'Allow',
    ...(kind === 'resource' && (chance(0.1) ? { NotPrincipal: pick(PRINCIPALS) } : { Principal: pick(PRINCIPALS) })),
    ...(chance(0.1) ? { NotAction: some(ACTION_PATTERNS) } : { Action: some(ACTION_PATTERNS) }),
    ...(chance(0.1) ? { NotResource: some(RESOURCE_PATTERNS) } : { Resource: some(RESOURCE_PATTERNS) }),
    ...(chance(0.4) && { Condition: condition() ?? {} }),
  }
}

function document(kind: PolicyKind): Document {
  return {
    Version: '2012-10-17',
    Statement: Array.from({ length: 1 + Math.floor(random() * 2) }, () => statement(kind)),
  }
}

function compiled(found: Document, kind: PolicyKind): NamedPolicy {
  const result = compilePolicy(JSON.stringify(found), kind)
  assert.equal(result.kind, 'compiled', JSON.stringify(result))
  if (result.kind !== 'compiled') throw new Error('unreachable')
  return { name: 'p', policy: result.policy }
}

function randomCase(): NaiveCase {
  const keys: Record<string, readonly string[]> = {}
  for (const [key, values] of Object.entries(VALUES))
    if (chance(0.6)) keys[key] = key === 'aws:many' ? [...new Set(some(values))] : [pick(values)]
  const docs = (kind: PolicyKind, most: number): Document[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => document(kind))
  return {
    caller: pick(CALLERS),
    action: pick(ACTIONS),
    resource: pick(RESOURCES),
    resourceAccount: pick([A, A, B]),
    keys,
    identity: docs('identity', 2),
    boundary: chance(0.2) ? document('identity') : undefined,
    session: chance(0.2) ? [document('identity')] : undefined,
    resourcePolicies: docs('resource', 2),
    resourceDecides: chance(0.2),
  }
}

test('both evaluators say the same', () => {
  const decided = { allowed: 0, denied: 0, 'not-allowed': 0 }
  for (let index = 0; index < CASES; index++) {
    const found = randomCase()
    const { caller, action, resource, resourceAccount } = found
    const decision = evaluate(
      { caller: caller as PolicyCaller, action, resource, resourceAccount, keys: conditionKeysOf(found.keys) },
      {
        identity: caller.kind === 'root' ? 'everything' : found.identity.map((one) => compiled(one, 'identity')),
        boundary: found.boundary && compiled(found.boundary, 'identity'),
        session: found.session?.map((one) => compiled(one, 'identity')),
        resource: found.resourcePolicies.map((one) => compiled(one, 'resource')),
        resourceDecides: found.resourceDecides,
      },
    )
    decided[decision.kind]++
    const allowed = decision.kind === 'allowed'
    if (allowed !== naiveAllows(found))
      assert.fail(`seed ${seed}, case ${index}: ${JSON.stringify(decision)} for ${JSON.stringify(found, undefined, 1)}`)
  }
  // Cases that all end alike would prove nothing.
  for (const [kind, count] of Object.entries(decided)) assert.ok(count > CASES / 50, `${count} ${kind}`)
})
