// Accounts and their quotas, for whoever runs the server. What changes something here is in the audit trail of the default
// account, before its answer.
import { type InternalAnswer, type InternalRequest, type InternalRoute, json } from '#gateway/internal-routes.ts'
import type { AccountRecord } from '#identity/directory/records.ts'
import type { Quotas } from '#identity/quotas/account-quotas.ts'
import { CONCURRENCY_MAX, FUNCTIONS_MAX, REQUESTS_PER_SECOND_MAX, STORAGE_BYTES_MAX } from '#identity/quotas/limits.ts'
import { createTenant, findTenant, listTenants } from '#identity/tenants.ts'
import { recordCall } from './control-call.ts'
import type { Part, Surroundings } from './part.ts'

const PATH = '/_mayfly/accounts'
const BODY_BYTES_MAX = 4096
const NAME = /^[\p{L}\p{N} ._-]{1,64}$/u

const BOUNDS: Readonly<Record<keyof Quotas, number>> = {
  functions: FUNCTIONS_MAX,
  concurrency: CONCURRENCY_MAX,
  storageBytes: STORAGE_BYTES_MAX,
  requestsPerSecond: REQUESTS_PER_SECOND_MAX,
}

export function accountsPart(around: Surroundings): Part {
  const route = (
    method: InternalRoute['method'],
    path: string,
    handle: (around: Surroundings, request: InternalRequest) => Promise<InternalAnswer>,
  ): InternalRoute => ({ method, path, guard: 'operator', handle: (request) => handle(around, request) })
  return {
    services: {},
    routes: [
      route('POST', PATH, create),
      route('GET', PATH, list),
      route('GET', `${PATH}/*`, show),
      route('PUT', `${PATH}/*`, setQuotas),
    ],
  }
}

/** `POST /_mayfly/accounts` with `{name?}`: the secret of the root key is in this answer only. */
async function create(around: Surroundings, request: InternalRequest): Promise<InternalAnswer> {
  const body = await readObject(request)
  const name = body?.['name']
  if (body === undefined || (name !== undefined && (typeof name !== 'string' || !NAME.test(name))))
    return json(400, { error: 'A name has 1 to 64 letters, digits, spaces, dots, dashes or underscores.' })
  const { record, key } = await createTenant(around.store, around.identity.stored, name)
  await recordCall(around, request, { operation: 'CreateAccount', parameters: { name }, resource: resourceOf(record) })
  const { accessKeyId, secretAccessKey } = key
  return json(201, { schemaVersion: 1, account: viewOf(around, record), accessKeyId, secretAccessKey })
}

async function list(around: Surroundings): Promise<InternalAnswer> {
  const found = await listTenants(around.store)
  return json(200, { schemaVersion: 1, accounts: found.map((record) => viewOf(around, record)) })
}

/** `GET /_mayfly/accounts/<account>`: with what it uses, counted now. */
async function show(around: Surroundings, { head }: InternalRequest): Promise<InternalAnswer> {
  const record = await findTenant(around.store, accountOfPath(head.path))
  if (record === undefined) return noSuchAccount(head.path)
  const { account } = record
  const { countFunctions } = await import('#services/lambda/account-quotas.ts')
  const [functions, storageBytes] = await Promise.all([
    countFunctions(around.store, account),
    around.storage.measure(account),
  ])
  const usage = { functions, storageBytes, refusedRequests: around.quotas.refusedRequests(account) }
  return json(200, { schemaVersion: 1, account: viewOf(around, record), usage })
}

/** `PUT /_mayfly/accounts/<account>` with any of the quotas; null takes one away, what is not named stays. */
async function setQuotas(around: Surroundings, request: InternalRequest): Promise<InternalAnswer> {
  const record = await findTenant(around.store, accountOfPath(request.head.path))
  if (record === undefined) return noSuchAccount(request.head.path)
  const { account } = record
  const body = await readObject(request)
  const wanted = new Map<string, unknown>(Object.entries(body ?? {}))
  const next: Record<string, number> = { ...around.quotas.of(account) }
  for (const [name, value] of wanted) {
    const max = new Map(Object.entries(BOUNDS)).get(name)
    const isNumber = typeof value === 'number' && Number.isInteger(value) && value >= 0
    if (max === undefined || (value !== null && !(isNumber && value <= max)))
      return json(400, { error: `${name} is no quota, or not a whole number from 0 to ${max ?? 0}, or null.` })
    if (isNumber) next[name] = value
    else delete next[name]
  }
  if (body === undefined || wanted.size === 0)
    return json(400, { error: `Name at least one quota: ${Object.keys(BOUNDS).join(', ')}.` })
  await around.quotas.set(account, next)
  const parameters = { account, ...body }
  await recordCall(around, request, { operation: 'SetAccountQuotas', parameters, resource: resourceOf(record) })
  return json(200, { schemaVersion: 1, account: viewOf(around, record) })
}

function viewOf({ quotas }: Surroundings, { account, name, createdMs }: AccountRecord) {
  return { id: account, name, createdAt: new Date(createdMs).toISOString(), quotas: quotas.of(account) }
}

function resourceOf({ account }: AccountRecord) {
  return { account, type: 'Mayfly::Account', arn: `arn:aws:iam::${account}:root`, name: account }
}

function accountOfPath(path: string): string {
  return path.slice(PATH.length + 1)
}

function noSuchAccount(path: string): InternalAnswer {
  return json(404, { error: `There is no account ${accountOfPath(path)}. \`mayfly account list\` shows all.` })
}

/** Undefined for what is no JSON object. */
async function readObject(request: InternalRequest): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = (await request.readBody(BODY_BYTES_MAX)).toString()
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    // An object of some client: its members are looked at one by one.
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    // Not JSON: the caller is told what is expected.
    return undefined
  }
}
