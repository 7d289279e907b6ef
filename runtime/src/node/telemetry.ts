// The Telemetry API, and the Logs API before it: what happens in the cell, as events for the extensions that subscribed.
// Sources: developer guide, "Telemetry API", its event schema, and "Logs API". Events of the init that came before somebody
// could subscribe are kept for who does; nothing is kept any more once the init is over without a subscriber.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { headerOf, type Part, readObject, refuse, reply } from './cell-api.ts'
import {
  EXTENSION_BODY_BYTES_MAX,
  TELEMETRY_BYTES,
  TELEMETRY_EARLY_BYTES_MAX,
  TELEMETRY_ITEMS,
  TELEMETRY_TIMEOUT_MS,
} from './limits.ts'
import { type Destination, TelemetrySubscription } from './telemetry-subscription.ts'

const TYPES = ['platform', 'function', 'extension'] as const

interface Api {
  readonly path: string
  readonly schemaVersions: readonly string[]
  /** What the event of a subscription is called. */
  readonly subscriptionEvent: string
  /** Whether subscribers hear of it. */
  readonly takes: (type: string) => boolean
}

/**
 * The older interface knows no events of the init, and tells the end of an invocation, and faults of the environment, by
 * events of its own.
 */
const APIS: readonly Api[] = [
  {
    path: '/2022-07-01/telemetry',
    schemaVersions: ['2022-07-01', '2022-12-13', '2025-01-29'],
    subscriptionEvent: 'platform.telemetrySubscription',
    takes: (type) => type !== 'platform.end' && type !== 'platform.fault',
  },
  {
    path: '/2020-08-15/logs',
    schemaVersions: ['2020-08-15', '2021-03-18'],
    subscriptionEvent: 'platform.logsSubscription',
    takes: (type) => !type.startsWith('platform.init'),
  },
]

export interface TelemetryEvent {
  readonly time: string
  readonly type: string
  readonly record: unknown
}

export class Telemetry implements Part {
  readonly #nameOf: (extensionId: string | undefined) => string | undefined
  readonly #subscriptions = new Map<string, { readonly api: Api; readonly subscription: TelemetrySubscription }>()
  /** Undefined when the init is over. */
  #early: TelemetryEvent[] | undefined = []
  #earlyBytes = 0

  /** `nameOf`: of a registered extension. */
  constructor(nameOf: (extensionId: string | undefined) => string | undefined) {
    this.#nameOf = nameOf
  }

  /** Whether anybody listens, or still may. */
  get wanted(): boolean {
    return this.#early !== undefined || this.#subscriptions.size > 0
  }

  /** An event of now. */
  add(type: string, record: unknown): void {
    if (!this.wanted) return
    const event = { time: new Date().toISOString(), type, record }
    this.#keepEarly(event)
    for (const { api, subscription } of this.#subscriptions.values()) if (api.takes(type)) subscription.add(event)
  }

  /** The init is over: nobody can subscribe any more. */
  close(): void {
    this.#early = undefined
  }

  /** Sends what waits, without waiting for more. Resolves when it is sent, or given up. */
  async flush(): Promise<void> {
    await Promise.all([...this.#subscriptions.values()].map(({ subscription }) => subscription.flush()))
  }

  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> | undefined {
    const api = APIS.find((one) => path === one.path || path === `${one.path}/`)
    return api && this.#subscribe(api, request, response)
  }

  #keepEarly(event: TelemetryEvent): void {
    if (!this.#early) return
    this.#earlyBytes += JSON.stringify(event).length
    if (this.#earlyBytes <= TELEMETRY_EARLY_BYTES_MAX) this.#early.push(event)
  }

  async #subscribe(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'PUT') return refuse(response, 405, 'InvalidRequest', 'only PUT is possible here')
    const name = this.#nameOf(headerOf(request, 'lambda-extension-identifier'))
    const body = await readObject(request, EXTENSION_BODY_BYTES_MAX)
    if (name === undefined)
      return refuse(response, 403, 'Extension.UnknownExtensionIdentifier', 'Unknown extension identifier')
    if (!this.#early) return refuse(response, 403, 'Telemetry.SubscriptionClosed', 'The init is over')
    const order = readOrder(api, body)
    if (typeof order === 'string') return refuse(response, 400, 'ValidationError', order)
    const known = this.#subscriptions.get(name)
    if (known && known.api !== api)
      return refuse(response, 400, 'ValidationError', 'The extension has subscribed by the other interface already')
    known?.subscription.close()
    const subscription = new TelemetrySubscription(order, (droppedRecords, droppedBytes) =>
      this.add('platform.logsDropped', {
        droppedRecords,
        droppedBytes,
        reason: 'Consumer seems to have fallen behind',
      }),
    )
    for (const event of this.#early) if (api.takes(event.type)) subscription.add(event)
    this.#subscriptions.set(name, { api, subscription })
    reply(response, 200, 'OK')
    this.add(api.subscriptionEvent, { name, state: 'Subscribed', types: order.types })
  }
}

export interface Order {
  readonly types: readonly string[]
  readonly destination: Destination
  readonly itemsMax: number
  readonly bytesMax: number
  readonly timeoutMs: number
}

type Json = Readonly<Record<string, unknown>>

/** What a subscription asks for, or all that is wrong with it. */
function readOrder(api: Api, body: Json | undefined): Order | string {
  if (body === undefined) return 'The body must be a JSON object'
  const faults: string[] = []
  const types = Array.isArray(body['types']) ? (body['types'] as readonly unknown[]) : []
  if (types.length === 0) faults.push('types should not be empty')
  for (const type of types)
    if (!TYPES.some((name) => name === type))
      faults.push(`types: ${JSON.stringify(type)} is not one of ${TYPES.join(', ')}`)
  const schema = body['schemaVersion'] ?? api.schemaVersions[0]
  if (!api.schemaVersions.some((version) => version === schema))
    faults.push(`schemaVersion should be one of ${api.schemaVersions.join(', ')}`)
  const buffering = isObject(body['buffering']) ? body['buffering'] : {}
  const bounded = (name: string, bounds: { min: number; default: number; max: number }): number => {
    const value = buffering[name] ?? bounds.default
    if (typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return value
    faults.push(`buffering.${name} should be a whole number from ${bounds.min} to ${bounds.max}`)
    return bounds.default
  }
  const itemsMax = bounded('maxItems', TELEMETRY_ITEMS)
  const bytesMax = bounded('maxBytes', TELEMETRY_BYTES)
  const timeoutMs = bounded('timeoutMs', TELEMETRY_TIMEOUT_MS)
  const destination = destinationIn(body['destination'])
  if (typeof destination === 'string') faults.push(destination)
  if (faults.length > 0 || typeof destination === 'string') return faults.join('; ')
  return { types: types.map(String), destination, itemsMax, bytesMax, timeoutMs }
}

function destinationIn(value: unknown): Destination | string {
  if (!isObject(value)) return 'destination is not provided'
  const { protocol, URI: uri, port } = value
  if (protocol === 'TCP') {
    if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536)
      return { protocol: 'TCP', port }
    return 'destination.port should be a port'
  }
  if (protocol !== 'HTTP') return 'destination.protocol should be HTTP or TCP'
  const url = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined
  if (url?.protocol !== 'http:') return 'destination.URI should be an http URI'
  // Only the cell itself: it has no other network, and an extension is in it.
  if (!['sandbox.localdomain', 'sandbox', 'localhost', '127.0.0.1'].includes(url.hostname))
    return 'destination.URI should be on sandbox.localdomain'
  if (url.port === '') return 'URI port is not provided'
  return { protocol: 'HTTP', port: Number(url.port), path: `${url.pathname}${url.search}`, host: url.host }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
