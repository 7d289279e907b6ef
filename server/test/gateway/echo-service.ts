// A wire and a service of a few lines for tests of the door itself: what came in goes out as JSON. The real wire formats
// have tests of their own; here nothing but the gateway is judged.
import { silentLog } from '#base/log.ts'
import { systemClock } from '#base/clock.ts'
import { AwsError } from '#protocol/errors.ts'
import type { IncomingBody, RequestContext, Service } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ServiceWire, WireResponse } from '#protocol/wire.ts'
import { AccessKeys } from '#identity/access-keys.ts'
import type { StoredKeys } from '#identity/directory/stored-keys.ts'
import type { Authorizer } from '#gateway/authorize.ts'
import { createGateway, type Gateway, type GatewayOptions } from '#gateway/gateway.ts'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export const ROOT_KEY = {
  account: '000000000000',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

interface EchoInput {
  readonly operation: string
  readonly path: string
  readonly body: Buffer | IncomingBody
}

/** `PUT` streams, everything else is buffered; `?action=Fail` and friends choose the handler. */
function echoWire(id: ServiceId): ServiceWire {
  const answer = (status: number, value: unknown): WireResponse => {
    const body = Buffer.from(JSON.stringify(value))
    return { status, headers: { 'content-type': 'application/json', 'content-length': String(body.length) }, body }
  }
  return {
    id,
    operations: ['Echo', 'Put', 'Fail', 'Leak', 'Hang', 'Download', 'Broken', 'NoBody', 'Absent', 'Ignore'],
    route(_protocol, request) {
      const wanted = /(?:^|&)action=([A-Za-z]+)/.exec(request.query)?.[1]
      return { operation: wanted ?? (request.method === 'PUT' ? 'Put' : 'Echo'), labels: {} }
    },
    bodyKind: (operation) => (operation === 'Put' || operation === 'Ignore' ? 'stream' : 'buffered'),
    read: (_protocol, match, request, body): EchoInput => ({ operation: match.operation, path: request.path, body }),
    loggable: () => ({}),
    write(_protocol, _operation, output, requestId, status): WireResponse {
      if (output instanceof Object && Symbol.asyncIterator in output)
        return { status: 200, headers: { 'content-type': 'x/y' }, body: output as AsyncIterable<Uint8Array> }
      const written = answer(status ?? 200, output)
      written.headers['x-amz-request-id'] = requestId
      return written
    },
    writeError(protocol, operation, error) {
      return answer(error.status, { protocol, operation, code: error.code, message: error.message, ...error.fields })
    },
  }
}

async function bytesOf(body: Buffer | IncomingBody): Promise<{ bytes: number; pieces: number; trailers: object }> {
  if (Buffer.isBuffer(body)) return { bytes: body.length, pieces: 1, trailers: {} }
  let bytes = 0
  let pieces = 0
  for await (const piece of body.stream()) {
    bytes += piece.length
    pieces++
  }
  return { bytes, pieces, trailers: Object.fromEntries(body.trailers()) }
}

export interface EchoEvents {
  /** Calls of Hang that began. */
  hanging: number
  /** Those of them that ended: their client went away. */
  aborted: number
}

function echoService(id: ServiceId, events: EchoEvents): Service {
  const handlers: Record<string, (input: EchoInput, context: RequestContext) => Promise<unknown>> = {
    async Echo(input, context) {
      const { principal, account, region } = context
      return {
        operation: input.operation,
        path: input.path,
        service: id,
        principal,
        account,
        region,
        ...(await bytesOf(input.body)),
      }
    },
    async Put(input) {
      return bytesOf(input.body)
    },
    async Ignore() {
      return 'not read'
    },
    async Fail() {
      throw new AwsError('Teapot', 418, 'I am a teapot', { fields: { Kettle: 'hot' }, headers: { 'retry-after': '7' } })
    },
    async Leak() {
      throw new Error('the password is 1234')
    },
    async Hang(_input, context) {
      events.hanging++
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()))
      events.aborted++
      return {}
    },
    async Download() {
      return (async function* () {
        for (let index = 0; index < 64; index++) yield Buffer.alloc(1 << 20, index)
      })()
    },
    async Broken() {
      return (async function* () {
        yield Buffer.alloc(1000)
        throw new Error('disk gone')
      })()
    },
    async NoBody(_input, context) {
      context.setStatus(204)
      context.setHeader('X-Extra', 'yes')
      return {}
    },
  }
  return {
    id,
    operations: new Map(
      Object.entries(handlers).map(([name, handle]) => [
        name,
        {
          implemented: true,
          action: `${id}:${name}`,
          resource: () => '*',
          handle: (input, context) => handle(input as EchoInput, context),
        },
      ]),
    ),
  }
}

/** A store of keys that has this root key and no other. */
export function rootOnly(key: typeof ROOT_KEY): Pick<StoredKeys, 'lookup'> {
  const { account, accessKeyId, secretAccessKey } = key
  const principal = { kind: 'root', account, accessKeyId } as const
  return {
    lookup: async (id) => (id === accessKeyId ? { accessKeyId, secretAccessKey, principal } : undefined),
  }
}

/** Whoever signed may; nobody else. */
export const signedOnly: Authorizer = ({ context }) =>
  context.principal.kind === 'anonymous' ? { kind: 'anonymous-denied' } : { kind: 'allowed' }

export interface Opened {
  readonly gateway: Gateway
  readonly port: number
  readonly keys: AccessKeys
  readonly events: EchoEvents
  readonly resets: { count: number }
}

/** A gateway over the echo service on a free port; closed after the test. */
export async function openEcho(t: TestContext, options: Partial<GatewayOptions> = {}): Promise<Opened> {
  const keys = new AccessKeys(rootOnly(ROOT_KEY))
  const events: EchoEvents = { hanging: 0, aborted: 0 }
  const resets = { count: 0 }
  const wires = new Map<ServiceId, ServiceWire>()
  const gateway = createGateway({
    mode: 'start',
    version: 'test',
    credentials: keys,
    authorize: options.mode === 'dev' ? () => ({ kind: 'allowed' }) : signedOnly,
    wireOf(id) {
      const wire = wires.get(id) ?? echoWire(id)
      wires.set(id, wire)
      return wire
    },
    serviceOf: (id) => (id === 's3' || id === 'sqs' ? echoService(id, events) : undefined),
    built: ['s3', 'sqs'],
    notBuilt: ['sns'],
    storageFault: (thrown) => (thrown instanceof Error && thrown.name === 'StoreFullError' ? 'overload' : undefined),
    reset: async () => {
      resets.count++
    },
    auditor: { record: () => undefined },
    admit: () => undefined,
    consoleFolder: new URL('../../../console/', import.meta.url).pathname,
    clock: systemClock,
    log: silentLog,
    ...options,
  })
  const address: AddressInfo = await gateway.listen('127.0.0.1', 0)
  t.after(() => gateway.close(100))
  return { gateway, port: address.port, keys, events, resets }
}
