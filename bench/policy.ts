// One decision of the authorizer, as the pipeline asks for it with every request, in turns with a floor: reading the same
// policies as JSON, which is what any evaluator without compiled policies does first.
//   typical   a role with the basic execution role, an inline policy of four statements with a condition, and a bucket
//             policy of two
//   large     a user with ReadOnlyAccess and ten policies of twenty statements
//   root      root of the account: the way of nearly every call while developing
import { ManualClock } from '../server/src/base/clock.ts'
import { silentLog } from '../server/src/base/log.ts'
import type { Principal } from '../server/src/base/principal.ts'
import { createAuthorizer, type Asked } from '../server/src/gateway/authorize.ts'
import { Denials } from '../server/src/gateway/denials.ts'
import { groups, nameKey, roles, users } from '../server/src/identity/directory/records.ts'
import { type Identity, openIdentity } from '../server/src/identity/identity.ts'
import { openVault } from '../server/src/identity/vault/vault.ts'
import { createMemoryStore } from '../server/src/storage/memory/memory-store.ts'
import type { BenchRow } from './row.ts'

const ACCOUNT = '000000000000'
const ROUNDS = 7
const ASKED = 20_000
const RESOURCE = 'arn:aws:s3:::photos/uploads/2024/06/cat.jpg'

const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: readonly string[], Resource: string, more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})

const TYPICAL = document(
  allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], `arn:aws:dynamodb:*:${ACCOUNT}:table/photos`),
  allow(['sqs:SendMessage'], `arn:aws:sqs:*:${ACCOUNT}:thumbs`),
  allow(['s3:GetObject'], 'arn:aws:s3:::photos/uploads/*', {
    Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
  }),
  allow(['s3:PutObject'], 'arn:aws:s3:::photos/thumbs/*'),
)
const BUCKET_POLICY = document(
  { Effect: 'Deny', Principal: '*', Action: 's3:Delete*', Resource: 'arn:aws:s3:::photos/*' },
  { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' },
)
const LARGE = Object.fromEntries(
  Array.from({ length: 10 }, (_, number) => [
    `p${number}`,
    document(
      ...Array.from({ length: 20 }, (_unused, place) =>
        allow([`sqs:Action${number}x${place}`, 's3:Get*Tagging'], `arn:aws:sqs:*:${ACCOUNT}:queue-${number}-${place}`),
      ),
    ),
  ]),
)

/** Measures; takes about two seconds. */
export async function run(): Promise<BenchRow[]> {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const master = { kind: 'given', text: Buffer.alloc(32, 1).toString('base64') } as const
  const identity = openIdentity({ store, clock, vault: await openVault({ store, clock, master }) })
  await fill(identity)
  const authorize = createAuthorizer({ identity, denials: new Denials(), enforce: true, clock, log: silentLog })
  const typical: Principal = {
    kind: 'session',
    account: ACCOUNT,
    accessKeyId: 'ASIA',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/typical`,
    sessionName: 's',
  }
  const userArn = `arn:aws:iam::${ACCOUNT}:user/large`
  const large: Principal = {
    kind: 'user',
    account: ACCOUNT,
    accessKeyId: 'AKIA',
    userName: 'large',
    userArn,
    userId: 'AIDA',
  }
  const root: Principal = { kind: 'root', account: ACCOUNT, accessKeyId: 'AKIA' }
  const documents = [TYPICAL, BUCKET_POLICY]
  const rows: BenchRow[] = []
  for (const [name, principal, target] of [
    ['typical role', typical, '≤ 10 µs'],
    ['large user', large, '≤ 10 µs'],
    ['root', root, '< 1 µs'],
  ] as const) {
    const ask = asked(principal)
    const verdict = await authorize(ask)
    if (verdict.kind !== 'allowed') throw new Error(`${name}: ${JSON.stringify(verdict)}`)
    const ratios: number[] = []
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const floor = timeUs(() => documents.forEach((text) => void JSON.parse(text)))
      const time = timeUs(() => void authorize(ask))
      ratios.push(time / floor)
      times.push(time)
    }
    rows.push({
      name: `decision, ${name}`,
      value: median(times),
      unit: 'µs',
      floor: 'JSON.parse of two policies',
      ratio: median(ratios),
      target: `${target} (value)`,
    })
  }
  await identity.close()
  return rows
}

async function fill(identity: Identity): Promise<void> {
  const plain = { account: ACCOUNT, path: '/', createdMs: 0, tags: [] }
  await identity.directory.change(async (transaction) => {
    await roles.set(transaction, nameKey(ACCOUNT, 'typical'), {
      ...plain,
      name: 'typical',
      id: 'AROA',
      inline: { work: TYPICAL },
      attached: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      trust: document({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }),
      sessionSecondsMax: 3600,
    })
    await users.set(transaction, nameKey(ACCOUNT, 'large'), {
      ...plain,
      name: 'large',
      id: 'AIDA',
      inline: LARGE,
      attached: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      groups: ['g'],
    })
    await groups.set(transaction, nameKey(ACCOUNT, 'g'), { ...plain, name: 'g', id: 'AGPA', inline: {}, attached: [] })
  })
}

function asked(principal: Principal): Asked {
  const policies = { owner: ACCOUNT, documents: [BUCKET_POLICY] }
  const isRoot = principal.kind === 'root'
  const resource = isRoot ? `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:work` : RESOURCE
  return {
    service: {
      id: isRoot ? 'lambda' : 's3',
      operations: new Map(),
      ...(!isRoot && { resourcePolicies: () => policies }),
    },
    operation: {
      implemented: true,
      action: isRoot ? 'lambda:InvokeFunction' : 's3:GetObject',
      resource: () => resource,
      handle: async () => ({}),
    },
    input: {},
    context: {
      requestId: 'r',
      service: 's3',
      operation: 'GetObject',
      account: ACCOUNT,
      region: 'eu-west-1',
      principal,
      http: { method: 'GET', url: '/', headers: {}, host: 'localhost', remoteAddress: '127.0.0.1' },
      signal: new AbortController().signal,
      setHeader() {},
      setStatus() {},
    },
  }
}

function timeUs(body: () => void): number {
  const began = performance.now()
  for (let count = 0; count < ASKED; count++) body()
  return ((performance.now() - began) * 1000) / ASKED
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
