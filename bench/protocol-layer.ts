// What the protocol layer costs: CPU time of the server process per request, through the whole front door with and without
// signatures, against node:http alone giving the same bytes. The operations behind it do nothing.
import { SignatureV4 } from '@smithy/signature-v4'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Canned, PeerKind, Window } from './floors/protocol-peer.ts'
import { load, type LoadRequest } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 3
const CONNECTIONS = 8
const SECONDS = 1
const WARM_UP_SECONDS = 2
const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const REGION = 'eu-central-1'

interface Kind {
  readonly name: string
  readonly service: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What a prototype of the layer reached with SigV4, over raw. */
  readonly target: number
}

const json = (target: string): Record<string, string> => ({
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': target,
})

const KINDS: readonly Kind[] = [
  {
    name: 'DynamoDB GetItem',
    service: 'dynamodb',
    method: 'POST',
    path: '/',
    headers: json('DynamoDB_20120810.GetItem'),
    body: JSON.stringify({ TableName: 'orders', Key: { id: { S: 'order-2026-11-21-000042' } }, ConsistentRead: true }),
    target: 2.8,
  },
  {
    name: 'SQS SendMessage',
    service: 'sqs',
    method: 'POST',
    path: '/',
    headers: json('AmazonSQS.SendMessage'),
    body: JSON.stringify({ QueueUrl: 'http://127.0.0.1:4566/000000000000/q', MessageBody: 'hello '.repeat(20) }),
    target: 2.6,
  },
  {
    name: 'SNS Publish (query)',
    service: 'sns',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A000000000000%3At&Message=hello+world',
    target: 3.3,
  },
  {
    name: 'Lambda Invoke',
    service: 'lambda',
    method: 'POST',
    path: '/2015-03-31/functions/hello/invocations',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"mayfly"}',
    target: 2.7,
  },
  {
    name: 'S3 PutObject 1 KB',
    service: 's3',
    method: 'PUT',
    path: '/photos/2026/11/21/photo-000042.jpg',
    headers: { 'content-type': 'image/jpeg' },
    body: 'x'.repeat(1024),
    target: 3.4,
  },
  {
    name: 'S3 GetObject 1 KB',
    service: 's3',
    method: 'GET',
    path: '/photos/2026/11/21/photo-000042.jpg',
    headers: {},
    body: '',
    target: 3.7,
  },
]

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

class Peer {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(kind: PeerKind, argument: unknown): Promise<Peer> {
    const file = fileURLToPath(new URL('floors/protocol-peer.ts', import.meta.url))
    const child = spawn(process.execPath, [file, kind, JSON.stringify(argument)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new Peer(child, port)
  }

  /** CPU microseconds per request under load. */
  async measure(request: LoadRequest): Promise<number> {
    this.#child.send('start')
    await once(this.#child, 'message')
    await load(request, CONNECTIONS, SECONDS)
    this.#child.send('stop')
    const [window] = (await once(this.#child, 'message')) as [Window]
    return window.cpuUs / window.requests
  }

  end(): void {
    this.#child.kill()
  }
}

/** The request with a signature that is good for a quarter of an hour. */
async function signed(kind: Kind, port: number): Promise<LoadRequest> {
  const signer = new SignatureV4({
    service: kind.service,
    region: REGION,
    sha256: Sha256,
    uriEscapePath: kind.service !== 's3',
    credentials: KEY,
  })
  const { headers: signedHeaders } = await signer.sign({
    method: kind.method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: kind.path,
    query: {},
    headers: { ...kind.headers, host: `127.0.0.1:${port}` },
    body: kind.body,
  })
  // wrk writes a Host of its own unless it finds one under this very name.
  const { host = '', ...headers } = signedHeaders
  return {
    url: `http://127.0.0.1:${port}${kind.path}`,
    method: kind.method,
    headers: { ...headers, Host: host },
    body: kind.body,
  }
}

/** What the front door answers, for the raw server to repeat. */
async function can(kind: Kind, port: number): Promise<Canned> {
  const { url, method, headers, body } = await signed(kind, port)
  const answer = await fetch(url, { method, headers, ...(body !== '' && { body }) })
  if (!answer.ok) throw new Error(`${kind.name}: ${answer.status} ${await answer.text()}`)
  const given = Object.fromEntries([...answer.headers].filter(([name]) => !/^(date|connection|keep-alive)$/.test(name)))
  return { status: answer.status, headers: given, body64: Buffer.from(await answer.arrayBuffer()).toString('base64') }
}

/** Two rows for each kind of request: with signatures and without, each over raw node:http. */
export async function run(): Promise<readonly BenchRow[]> {
  const layer = await Peer.start('layer', KEY)
  const verifying = await Peer.start('signed', KEY)
  const canned = Object.fromEntries(
    await Promise.all(
      KINDS.map(async (kind) => [`${kind.method} ${kind.name}`, await can(kind, verifying.port)] as const),
    ),
  )
  const raw = await Peer.start('raw', canned)
  try {
    const rows: BenchRow[] = []
    for (const kind of KINDS) rows.push(...(await compare(kind, { raw, layer, verifying })))
    return rows
  } finally {
    for (const peer of [raw, layer, verifying]) peer.end()
  }
}

interface Peers {
  readonly raw: Peer
  readonly layer: Peer
  readonly verifying: Peer
}

async function compare(kind: Kind, { raw, layer, verifying }: Peers): Promise<readonly BenchRow[]> {
  // All three get the very same header bytes, but for the port.
  const toRaw = await signed(kind, raw.port)
  const requests = {
    raw: { ...toRaw, headers: { ...toRaw.headers, 'x-bench': kind.name } },
    layer: await signed(kind, layer.port),
    verifying: await signed(kind, verifying.port),
  }
  for (const request of Object.values(requests)) await load(request, CONNECTIONS, WARM_UP_SECONDS)
  const found: { raw: number; layer: number; verifying: number }[] = []
  for (let round = 0; round < ROUNDS; round++)
    found.push({
      raw: await raw.measure(requests.raw),
      layer: await layer.measure(requests.layer),
      verifying: await verifying.measure(requests.verifying),
    })
  const floorUs = median(found.map((one) => one.raw))
  const floor = `node:http: ${floorUs.toFixed(1)} µs`
  return [
    {
      name: `${kind.name}, SigV4 verified`,
      value: median(found.map((one) => one.verifying)),
      unit: 'µs CPU',
      ratio: median(found.map((one) => one.verifying / one.raw)),
      floor,
      target: `ratio ${kind.target}`,
    },
    {
      name: `${kind.name}, not verified`,
      value: median(found.map((one) => one.layer)),
      unit: 'µs CPU',
      ratio: median(found.map((one) => one.layer / one.raw)),
      floor,
    },
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
