// Where GitHub, Stripe and Slack call, and where whoever runs Mayfly says what becomes of it.
import type { Webhooks } from '#events/webhooks/webhooks.ts'
import { type InternalAnswer, type InternalRequest, type InternalRoute, json } from '#gateway/internal-routes.ts'
import { BodyTooLarge } from '#gateway/request-body.ts'
import type { Part, Surroundings } from './part.ts'

const ROOT = '/_mayfly/webhooks'
/** Of a request that adds a webhook. */
const SETTINGS_BYTES_MAX = 8 * 1024
const SEAL_CONTEXT = { purpose: 'webhook secrets' }
/** Secrets of webhooks belong to the server, not to an account of a user. */
const SEAL_SCOPE = { account: '000000000000', region: 'us-east-1' }
const SEAL_KEY = 'alias/aws/events'

export function webhooksPart(around: Surroundings): Part {
  let opened: Promise<Webhooks> | undefined
  const open = (): Promise<Webhooks> => (opened ??= openWebhooks(around))
  const routes: readonly InternalRoute[] = [
    {
      method: 'GET',
      path: ROOT,
      guard: 'local',
      handle: async () => json(200, { schemaVersion: 1, webhooks: await (await open()).list() }),
    },
    { method: 'POST', path: ROOT, guard: 'local', handle: async (request) => add(await open(), request) },
    {
      method: 'DELETE',
      path: `${ROOT}/*`,
      guard: 'local',
      handle: async ({ head }) =>
        (await (await open()).remove(nameIn(head.path)))
          ? json(200, { status: 'removed' })
          : json(404, { error: 'There is no such webhook.' }),
    },
    // Whoever has the secret; everybody else is refused.
    { method: 'POST', path: `${ROOT}/*`, guard: 'open', handle: async (request) => receive(await open(), request) },
  ]
  return { services: {}, routes }
}

async function openWebhooks({ store, clock, vault, targetFor }: Surroundings): Promise<Webhooks> {
  const { Webhooks } = await import('#events/webhooks/webhooks.ts')
  return new Webhooks({
    store,
    clock,
    targetFor,
    secrets: {
      async seal(secret) {
        const { ciphertext } = await vault.encrypt(SEAL_SCOPE, SEAL_KEY, Buffer.from(secret), SEAL_CONTEXT)
        return ciphertext.toString('base64')
      },
      async open(sealed) {
        const { plaintext } = await vault.decrypt(Buffer.from(sealed, 'base64'), SEAL_CONTEXT)
        return plaintext.toString('utf8')
      },
    },
  })
}

function nameIn(path: string): string {
  return path.slice(ROOT.length + 1)
}

async function add(webhooks: Webhooks, request: InternalRequest): Promise<InternalAnswer> {
  const body = await bodyOf(request, SETTINGS_BYTES_MAX)
  const settings = body && parseSettings(body)
  if (settings === undefined) return json(400, { error: 'Give JSON with name, scheme and destination.' })
  const outcome = await webhooks.add(settings)
  switch (outcome.kind) {
    case 'added':
      return json(201, {
        schemaVersion: 1,
        webhook: outcome.webhook,
        ...(outcome.secret !== undefined && { secret: outcome.secret }),
      })
    case 'exists':
      return json(409, { error: 'There is a webhook of this name. Remove it first.' })
    case 'invalid':
      return json(400, { error: outcome.reason })
  }
}

interface Settings {
  readonly name: string
  readonly scheme: string
  readonly destination: string
  readonly secret: string | undefined
}

function parseSettings(body: Buffer): Settings | undefined {
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null) return undefined
  // Each member is looked at below.
  const { name, scheme, destination, secret } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || typeof scheme !== 'string' || typeof destination !== 'string') return undefined
  if (secret !== undefined && typeof secret !== 'string') return undefined
  return { name, scheme, destination, secret }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

async function receive(webhooks: Webhooks, request: InternalRequest): Promise<InternalAnswer> {
  const name = nameIn(request.head.path)
  const bytesMax = await webhooks.bodyBytesMax(name)
  if (bytesMax === undefined) return json(404, { error: 'There is no such webhook.' })
  const body = await bodyOf(request, bytesMax)
  if (body === undefined) return json(413, { error: `A call may have ${bytesMax} bytes.` })
  const outcome = await webhooks.receive(name, { headers: request.head.headers, body })
  switch (outcome.kind) {
    case 'accepted':
    case 'duplicate':
      return json(200, { status: outcome.kind, id: outcome.id })
    case 'challenge':
      return json(200, { challenge: outcome.challenge })
    case 'unknown':
      return json(404, { error: 'There is no such webhook.' })
    case 'refused':
      return json(401, { error: outcome.reason })
  }
}

/** Undefined when it is too large. */
async function bodyOf(request: InternalRequest, bytesMax: number): Promise<Buffer | undefined> {
  try {
    return await request.readBody(bytesMax)
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined
    throw error
  }
}
