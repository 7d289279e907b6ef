// The server side of the protocol benchmark, in a process of its own: either the whole front door over operations that do
// nothing, or node:http alone giving the same bytes. Speaks with its parent by messages: `start` and `stop` bracket a
// window, whose CPU time and requests are answered.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../server/src/base/clock.ts'
import { silentLog } from '../../server/src/base/log.ts'
import { createGateway } from '../../server/src/gateway/gateway.ts'
import { AccessKeys } from '../../server/src/identity/access-keys.ts'
import { preloadChecksums } from '../../server/src/identity/checksums.ts'
import type { BoundOperation, IncomingBody, Service } from '../../server/src/protocol/operation.ts'
import type { ServiceId } from '../../server/src/protocol/services.ts'
import { serviceWire } from '../../server/src/protocol/service-wire.ts'

export interface Window {
  readonly cpuUs: number
  readonly requests: number
}

/** An answer to give back as it is. */
export interface Canned {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body64: string
}

export type PeerKind = 'raw' | 'layer' | 'signed'

let requests = 0

const ITEM = {
  id: { S: 'order-2026-11-21-000042' },
  customer: { S: 'c-1029384756' },
  total: { N: '129.95' },
  paid: { BOOL: true },
  lines: { L: [{ S: 'sku-1:2' }, { S: 'sku-2:1' }, { S: 'sku-3:9' }] },
  address: { M: { street: { S: 'Long Lane 17' }, city: { S: 'Hamburg' } } },
}
const OBJECT = Buffer.alloc(1024, 'mayfly ')

function operation(action: string, handle: (input: unknown) => Promise<unknown>): BoundOperation {
  return {
    implemented: true,
    action,
    resource: () => '*',
    handle(input) {
      requests++
      return handle(input)
    },
  }
}

async function drain(input: unknown): Promise<void> {
  const { Body } = input as { readonly Body?: IncomingBody }
  await Body?.bytes()
}

const OPERATIONS: Readonly<Partial<Record<ServiceId, Readonly<Record<string, (input: unknown) => Promise<unknown>>>>>> =
  {
    dynamodb: { GetItem: async () => ({ Item: ITEM }) },
    sqs: {
      SendMessage: async () => ({
        MessageId: '219f8380-5770-4cc2-8c3e-5c715e145f5e',
        MD5OfMessageBody: 'fafb00f5732ab283681e124bf8747ed1',
      }),
    },
    sns: { Publish: async () => ({ MessageId: '219f8380-5770-4cc2-8c3e-5c715e145f5e' }) },
    lambda: {
      Invoke: async () => ({ StatusCode: 200, ExecutedVersion: '$LATEST', Payload: Buffer.from('{"ok":true}') }),
    },
    s3: {
      PutObject: async (input) => {
        await drain(input)
        return { ETag: '"0f343b0931126a20f133d67c2b018a3b"' }
      },
      GetObject: async () => ({
        Body: OBJECT,
        ContentLength: OBJECT.length,
        ContentType: 'application/octet-stream',
        ETag: '"0f343b0931126a20f133d67c2b018a3b"',
        LastModified: new Date(1_700_000_000_000),
      }),
    },
  }

async function listenLayer(
  mode: 'start' | 'dev',
  rootKey: { accessKeyId: string; secretAccessKey: string },
): Promise<number> {
  await preloadChecksums()
  const services = new Map<ServiceId, Service>()
  for (const [id, handlers] of Object.entries(OPERATIONS) as [
    ServiceId,
    Record<string, (input: unknown) => Promise<unknown>>,
  ][])
    services.set(id, {
      id,
      operations: new Map(Object.entries(handlers).map(([name, handle]) => [name, operation(`${id}:${name}`, handle)])),
    })
  const { accessKeyId } = rootKey
  const credential = { ...rootKey, principal: { kind: 'root', account: '000000000000', accessKeyId } } as const
  const gateway = createGateway({
    mode,
    version: 'bench',
    credentials: new AccessKeys({ lookup: async (id) => (id === rootKey.accessKeyId ? credential : undefined) }),
    authorize: () => ({ kind: 'allowed' }),
    auditor: { record: () => undefined },
    admit: () => undefined,
    wireOf: serviceWire,
    serviceOf: (id) => services.get(id),
    built: [...services.keys()],
    notBuilt: [],
    storageFault: () => undefined,
    reset: async () => {},
    consoleFolder: '/nonexistent',
    clock: systemClock,
    log: silentLog,
  })
  return (await gateway.listen('127.0.0.1', 0)).port
}

/** Answers by the request line: `PUT /path` gives what was canned for it. */
function listenRaw(canned: Readonly<Record<string, Canned>>): Promise<number> {
  const answers = new Map(
    Object.entries(canned).map(([name, { status, headers, body64 }]) => [
      name,
      { status, headers, body: Buffer.from(body64, 'base64') },
    ]),
  )
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      requests++
      const answer = answers.get(`${request.method} ${String(request.headers['x-bench'])}`)
      if (answer === undefined) throw new Error(`nothing canned for ${request.method} ${request.url}`)
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

let cpu = process.cpuUsage()
let requestsBefore = 0

process.on('message', (message: unknown) => {
  if (message === 'start') {
    cpu = process.cpuUsage()
    requestsBefore = requests
    process.send?.('started')
    return
  }
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ cpuUs: user + system, requests: requests - requestsBefore } satisfies Window)
})

// Ends with its parent, in a way that lets a profiler write.
process.on('disconnect', () => process.exit(0))

const [, , kind, argument = '{}'] = process.argv
const port =
  kind === 'raw'
    ? await listenRaw(JSON.parse(argument))
    : await listenLayer(kind === 'signed' ? 'start' : 'dev', JSON.parse(argument))
process.send?.({ port })
