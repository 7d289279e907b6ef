// Every operation of every service against every kind of caller: the table of the operations is the list, so a new row is
// in here by itself. What each caller may is known beforehand, because its policies were made from the row.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { Principal, SessionGrants } from '#base/principal.ts'
import { type Authorizer, createAuthorizer } from '#gateway/authorize.ts'
import { Denials } from '#gateway/denials.ts'
import { nameKey, roles, users } from '#identity/directory/records.ts'
import { type Identity, openIdentity } from '#identity/identity.ts'
import { openVault } from '#identity/vault/vault.ts'
import { bindService, type BoundOperation, type RequestContext, type ResourcePolicies } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { OPERATION_TABLES } from '../../../tools/operation-tables.ts'

const OWN = '000000000000'
const OTHER = '111111111111'
/** Whoever signs may ask who it is. */
const FREE = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken'])

type Wanted = 'allowed' | 'denied' | 'anonymous-denied'

interface Cell {
  readonly name: string
  readonly principal: Principal
  /** What hangs on the resource. */
  readonly policies?: ResourcePolicies
  readonly wanted: Wanted
}

let identity: Identity
let authorize: Authorizer

before(async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const master = { kind: 'given', text: Buffer.alloc(32, 3).toString('base64') } as const
  identity = openIdentity({ store, clock, vault: await openVault({ store, clock, master }) })
  authorize = createAuthorizer({ identity, denials: new Denials(), enforce: true, clock, log: silentLog })
})

const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (action: string | readonly string[], Resource = '*', more: object = {}): object => ({
  Effect: 'Allow',
  Action: action,
  Resource,
  ...more,
})

const TRUST = document({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' })

async function put(name: string, policy: string | undefined, boundary?: string): Promise<void> {
  const plain = {
    account: OWN,
    path: '/',
    createdMs: 0,
    tags: [],
    attached: [],
    inline: policy === undefined ? {} : { p: policy },
  }
  const bound = boundary === undefined ? {} : { boundary }
  await identity.directory.change(async (transaction) => {
    await users.set(transaction, nameKey(OWN, name), { ...plain, ...bound, name, id: `AIDA${name}`, groups: [] })
    await roles.set(transaction, nameKey(OWN, name), {
      ...plain,
      ...bound,
      name,
      id: `AROA${name}`,
      trust: TRUST,
      sessionSecondsMax: 3600,
    })
  })
}

const root = (account: string): Principal => ({ kind: 'root', account, accessKeyId: 'AKIAROOT' })
const user = (userName: string): Principal => ({
  kind: 'user',
  account: OWN,
  accessKeyId: `AKIA${userName}`,
  userName,
  userArn: `arn:aws:iam::${OWN}:user/${userName}`,
  userId: `AIDA${userName}`,
})
const session = (role: string, grants?: SessionGrants): Principal => ({
  kind: 'session',
  account: OWN,
  accessKeyId: `ASIA${role}`,
  roleArn: `arn:aws:iam::${OWN}:role/${role}`,
  sessionName: 's',
  ...(grants !== undefined && { grants }),
})
/** A federated user whom another user vouches for. */
const guest = (userName: string, policy: string | undefined): Principal => ({
  kind: 'federated',
  account: OWN,
  accessKeyId: 'ASIAguest',
  name: 'guest',
  userName,
  grants: { ...limits(policy ?? ''), policies: policy === undefined ? [] : [policy] },
})
const limits = (policy: string): SessionGrants => ({
  policies: [policy],
  policyArns: [],
  tags: {},
  transitiveTags: [],
  issuedMs: 0,
})

function contextOf(service: ServiceId, operation: string, principal: Principal): RequestContext {
  return {
    requestId: 'r',
    service,
    operation,
    account: principal.kind === 'anonymous' ? OWN : principal.account,
    region: 'eu-west-1',
    principal,
    http: { method: 'POST', url: '/', headers: {}, host: 'localhost', remoteAddress: '127.0.0.1' },
    signal: new AbortController().signal,
    setHeader() {},
    setStatus() {},
  }
}

/** Inputs that are not of one piece. */
const INPUTS: Readonly<Record<string, unknown>> = {
  's3 DeleteObjects': { Bucket: 'bucket', Delete: { Objects: [{ Key: 'k' }] } },
}

/** Members that the decoder has checked are there: an input for which the row can name its resource. */
function inputFor(operation: BoundOperation, context: RequestContext): unknown {
  const own = INPUTS[`${context.service} ${context.operation}`]
  if (own !== undefined) return own
  const members: readonly unknown[] = [undefined, [], 'bucket/key', {}, [{}]]
  for (const member of members) {
    const input = new Proxy({}, { get: () => member })
    try {
      needsOf(operation, input, context)
      // A row may hand on a member as it is, which then is there.
      if (typeof (operation.resource(input, context) as unknown) === 'string') return input
    } catch {
      // This operation requires members of another kind.
    }
  }
  throw new Error(`no input for ${context.service} ${context.operation}`)
}

/** Everything that an operation asks for. */
function needsOf(operation: BoundOperation, input: unknown, context: RequestContext): readonly string[] {
  const own = operation.actionOf?.(input, context) ?? operation.action
  return [own, ...(operation.also?.(input, context) ?? []).map(({ action }) => action)]
}

/** `theirs`: what the row names when another account asks: mostly a thing of its own. */
function cellsOf(needs: readonly string[], resource: string, theirs: string): readonly Cell[] {
  const [action = ''] = needs
  const anyone: Wanted = FREE.has(action) ? 'allowed' : 'denied'
  const statement = { Effect: 'Allow', Action: action, Resource: '*' }
  const resourcePolicy = (principal: unknown, more: object = {}): ResourcePolicies => ({
    owner: OWN,
    documents: [document({ ...statement, Principal: principal, ...more })],
  })
  const may = { AWS: `arn:aws:iam::${OWN}:user/none` }
  const elsewhere: ResourcePolicies = { owner: OTHER, documents: [] }
  const isOwn = resource === '*' || resource.split(':')[4] !== OTHER
  return [
    { name: 'nobody', principal: { kind: 'anonymous' }, wanted: 'anonymous-denied' },
    { name: 'root', principal: root(OWN), wanted: isOwn ? 'allowed' : 'denied' },
    {
      name: 'root of another account',
      principal: root(OTHER),
      policies: { owner: OWN, documents: [] },
      wanted: theirs === '*' || theirs.split(':')[4] === OTHER ? 'allowed' : anyone,
    },
    {
      name: 'another account, named by the resource',
      principal: root(OTHER),
      policies: resourcePolicy({ AWS: OTHER }),
      wanted: 'allowed',
    },
    { name: 'a guest without policies', principal: guest('all', undefined), wanted: anyone },
    { name: 'a guest with exactly this', principal: guest('all', document(allow(needs))), wanted: 'allowed' },
    { name: 'a guest of a user without it', principal: guest('none', document(allow('*'))), wanted: anyone },
    { name: 'a user without a policy', principal: user('none'), wanted: anyone },
    { name: 'a user that does not exist', principal: user('ghost'), wanted: anyone },
    { name: 'a user with everything', principal: user('all'), wanted: 'allowed' },
    { name: 'a user with exactly this', principal: user('exact'), wanted: 'allowed' },
    { name: 'a user with everything else', principal: user('but'), wanted: anyone },
    { name: 'an explicit deny', principal: user('deny'), wanted: anyone },
    { name: 'a boundary without it', principal: user('bound'), wanted: anyone },
    { name: 'a condition that does not hold', principal: user('condition'), wanted: anyone },
    { name: 'a session with exactly this', principal: session('exact'), wanted: 'allowed' },
    { name: 'a session of a role that is gone', principal: session('ghost'), wanted: anyone },
    {
      name: 'a session limited to it',
      principal: session('all', limits(document(allow(needs)))),
      wanted: 'allowed',
    },
    { name: 'a session limited to nothing', principal: session('all', limits(document(allow('x:Y')))), wanted: anyone },
    { name: 'named by the resource', principal: user('none'), policies: resourcePolicy(may), wanted: 'allowed' },
    {
      name: 'its account named by the resource',
      principal: user('none'),
      policies: resourcePolicy({ AWS: OWN }),
      wanted: anyone,
    },
    {
      name: 'everybody named by the resource',
      principal: { kind: 'anonymous' },
      policies: resourcePolicy('*'),
      wanted: 'allowed',
    },
    {
      name: 'denied by the resource',
      principal: user('all'),
      policies: { owner: OWN, documents: [document({ ...statement, Effect: 'Deny', Principal: '*' })] },
      wanted: anyone,
    },
    {
      name: 'the resource has the last word',
      principal: user('all'),
      policies: { owner: OWN, documents: [], decides: true },
      wanted: anyone,
    },
    { name: 'the resource is of another account', principal: user('all'), policies: elsewhere, wanted: anyone },
  ]
}

test('every operation, every kind of caller', async () => {
  const wrong: string[] = []
  let cells = 0
  await put('none', undefined)
  await put('all', document(allow('*')))
  for (const [service, table] of Object.entries(OPERATION_TABLES)) {
    // The tables hold every operation of their service; the types of their inputs do not matter here.
    const bound = bindService(service as ServiceId, table as never, {} as never)
    for (const [name, operation] of bound.operations) {
      const context = contextOf(bound.id, name, root(OWN))
      const input = inputFor(operation, context)
      const resource = operation.resource(input, context)
      const theirs = operation.resource(input, contextOf(bound.id, name, root(OTHER)))
      const needs = needsOf(operation, input, context)
      assert.match(needs.join(' '), /^[a-z0-9-]+:[A-Za-z0-9]+( [a-z0-9-]+:[A-Za-z0-9]+)*$/, `${service} ${name}`)
      const [action = ''] = needs
      await put('exact', document(allow(needs)))
      await put('but', document({ Effect: 'Allow', NotAction: needs, Resource: '*' }))
      await put('deny', document(allow('*'), { Effect: 'Deny', Action: action, Resource: '*' }))
      await put('bound', document(allow('*')), 'arn:aws:iam::aws:policy/IAMUserChangePassword-none')
      await put('condition', document(allow('*', '*', { Condition: { StringEquals: { 'aws:username': 'somebody' } } })))
      for (const { name: caller, principal, policies, wanted } of cellsOf(needs, resource, theirs)) {
        // A policy of the resource says nothing of what else an operation needs.
        if (policies !== undefined && needs.length > 1) continue
        cells++
        const asked = {
          service: { ...bound, ...(policies !== undefined && { resourcePolicies: () => policies }) },
          operation,
          input,
          context: contextOf(bound.id, name, principal),
        }
        const verdict = await authorize(asked)
        if (verdict.kind !== wanted) wrong.push(`${service} ${name}, ${caller}: ${verdict.kind} instead of ${wanted}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(cells >= 20_000, `${cells} cells`)
})
