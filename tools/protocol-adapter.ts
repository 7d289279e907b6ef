// Lets protocol vectors of others be put to our codec: one JSON object a line on standard input, one answer a line, in
// the same order. `read` turns a request into parameters, `write` a result or an error into a response; each line brings
// its botocore service model. A line that cannot be answered is answered with `{"id","error"}`.
import { hash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { bufferedBody } from '../server/src/protocol/buffered-body.ts'
import { AwsError } from '../server/src/protocol/errors.ts'
import type { ModelFile } from '../server/src/protocol/model.ts'
import { matchPath, uriPatternOf } from '../server/src/protocol/rest/uri-pattern.ts'
import { Model, type Operation, type StructureShape } from '../server/src/protocol/schema.ts'
import { modelWire } from '../server/src/protocol/service-wire.ts'
import type { ProtocolId, ServiceWire, WireRequest, WireResponse } from '../server/src/protocol/wire.ts'
import { fromJson, toJson } from './adapter-values.ts'
import { type BotocoreModel, modelFromBotocore } from './model-from-botocore.ts'

const MODELS_KEPT = 500
const PROTOCOLS: ReadonlySet<string> = new Set<ProtocolId>([
  'restXml',
  'restJson1',
  'awsJson1_0',
  'awsJson1_1',
  'awsQuery',
  'rpcv2Cbor',
])

interface Order {
  readonly id?: unknown
  readonly do?: unknown
  readonly protocol?: string
  readonly model?: BotocoreModel
  readonly operation?: string
  readonly request?: {
    readonly method?: string
    readonly uri?: string
    readonly headers?: Readonly<Record<string, unknown>>
    readonly body64?: string
  }
  readonly result?: unknown
  readonly error?: {
    readonly code?: string
    readonly message?: string
    readonly shape?: string
    readonly status?: number
    readonly fields?: Readonly<Record<string, unknown>>
  }
}

interface Loaded {
  readonly model: Model
  readonly wire: Omit<ServiceWire, 'id'>
  readonly protocol: ProtocolId
}

const loaded = new Map<string, Loaded>()

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity }))
  if (line.trim() !== '') process.stdout.write(`${JSON.stringify(await answer(line))}\n`)

async function answer(line: string): Promise<unknown> {
  let id: unknown = null
  try {
    const order = JSON.parse(line) as Order
    id = order.id ?? null
    if (order.do === 'read') return { id, params: await read(order) }
    if (order.do === 'write') return { id, ...(await write(order)) }
    throw new Error(`do must be read or write, not ${String(order.do)}`)
  } catch (error) {
    return { id, error: textOf(error) }
  }
}

function textOf(error: unknown): string {
  if (error instanceof AwsError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

function load(order: Order): Loaded {
  if (order.model === undefined) throw new Error('the line has no model')
  const key = hash('sha1', JSON.stringify([order.protocol, order.model]))
  let found = loaded.get(key)
  if (found === undefined) {
    const options = { allSparse: true, ...(order.protocol === undefined ? {} : { protocol: order.protocol }) }
    const file = modelFromBotocore(order.model, options)
    const model = new Model(file)
    found = { model, wire: modelWire(model, undefined), protocol: protocolOf(file) }
    if (loaded.size >= MODELS_KEPT) loaded.clear()
    loaded.set(key, found)
  }
  return found
}

function protocolOf(file: ModelFile): ProtocolId {
  if (!PROTOCOLS.has(file.protocol)) throw new Error(`unknown protocol ${file.protocol}`)
  return file.protocol as ProtocolId
}

function operationOf(model: Model, name: string | undefined): Operation {
  const operation = model.operation(name ?? '')
  if (operation === undefined) throw new Error(`the model has no operation ${name}`)
  return operation
}

async function read(order: Order): Promise<unknown> {
  const { model, wire, protocol } = load(order)
  const operation = operationOf(model, order.operation)
  const request = wireRequest(order)
  const pattern = uriPatternOf(operation)
  const labels = (pattern === undefined ? undefined : matchPath(pattern, request.path)) ?? {}
  const bytes = Buffer.from(order.request?.body64 ?? '', 'base64')
  const body = wire.bodyKind(operation.name) === 'stream' ? bufferedBody(bytes) : bytes
  const input = wire.read(protocol, { operation: operation.name, labels }, request, body)
  if (operation.input === undefined) return {}
  return withHeaderCase(operation.input, (await toJson(operation.input, input)) as Record<string, unknown>, order)
}

/** Header names have no case on the wire, but vectors keep that of what follows a prefix. */
function withHeaderCase(
  shape: StructureShape,
  params: Record<string, unknown>,
  { request }: Order,
): Record<string, unknown> {
  const written = new Map(Object.keys(request?.headers ?? {}).map((name) => [name.toLowerCase(), name]))
  for (const { name, traits } of shape.members) {
    const prefix = traits.httpPrefixHeaders
    const map = params[name]
    if (prefix === undefined || typeof map !== 'object' || map === null) continue
    params[name] = Object.fromEntries(
      Object.entries(map).map(([key, value]) => [
        written.get(prefix.toLowerCase() + key)?.slice(prefix.length) ?? key,
        value as unknown,
      ]),
    )
  }
  return params
}

function wireRequest({ request }: Order): WireRequest {
  const uri = (request?.uri ?? '/').replace(/^https?:\/\/[^/]*/, '')
  const mark = uri.indexOf('?')
  return {
    method: request?.method ?? 'POST',
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: mark < 0 ? '' : uri.slice(mark + 1),
    headers: Object.fromEntries(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
  }
}

async function write(order: Order): Promise<object> {
  const { model, wire, protocol } = load(order)
  const operation = operationOf(model, order.operation)
  const response =
    order.error === undefined
      ? wire.write(protocol, operation.name, outputOf(operation, order.result), 'request-id')
      : wire.writeError(protocol, operation.name, errorOf(model, order.error), 'request-id', wireRequest(order))
  return { status: response.status, headers: response.headers, body64: (await bodyOf(response)).toString('base64') }
}

function outputOf(operation: Operation, result: unknown): unknown {
  return operation.output === undefined ? undefined : fromJson(operation.output, result ?? {})
}

function errorOf(model: Model, error: NonNullable<Order['error']>): AwsError {
  const name = error.shape ?? error.code ?? ''
  const shape = model.error(name) ?? model.error(error.code ?? '')
  const given = error.fields ?? {}
  const values = shape === undefined ? given : (fromJson(shape, given) as Record<string, unknown>)
  const fields: Record<string, unknown> = { ...values }
  const message = error.message ?? fields['Message'] ?? fields['message'] ?? ''
  for (const key of ['Message', 'message']) delete fields[key]
  const status = error.status ?? shape?.traits.httpError ?? 400
  return new AwsError(shape?.name ?? error.code ?? name, status, message as string, { fields })
}

async function bodyOf(response: WireResponse): Promise<Buffer> {
  if (response.body instanceof Uint8Array) return Buffer.from(response.body)
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
