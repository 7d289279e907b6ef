// Objects beside other servers of S3's protocol, in turns in one run: s3rver (files), and fauxqs (files, with its records in
// SQLite). What Mayfly answers is on disk; theirs is in the page cache. Then what no peer is asked: listings of a thousand keys
// out of a million beside the same out of ten thousand, and memory while fifty clients move 100 MB each.
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { type Child, startChild } from './floors/child.ts'
import { type Peer, startPeer } from './floors/peer.ts'
import { type Sign, signerFor, signerOfMayfly } from './floors/sign.ts'
import { type LoadRequest, type LoadResult, loadInTurns } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
const BUCKET = 'bench-photos'
const KEYS = 256
const SMALL_BYTES = 1024
const LARGE_BYTES = 10 * 1024 * 1024
const SMALL_CONNECTIONS = 64
const LARGE_CONNECTIONS = 2
const FEW_KEYS = 10_000
const MANY_KEYS = 1_000_000
const MOVERS = 50
const MOVED_BYTES = 100 * 1024 * 1024

type Server = 'mayfly' | 's3rver' | 'fauxqs'

interface Served {
  readonly name: Server
  readonly sign: Sign
}

interface Case {
  readonly name: string
  readonly connections: number
  readonly targets: Readonly<Partial<Record<Server, string>>>
  readonly requests: (sign: Sign) => Promise<readonly LoadRequest[]>
}

const CASES: readonly Case[] = [
  { name: 'put 1 KB', connections: SMALL_CONNECTIONS, targets: { s3rver: '4', fauxqs: '2' }, requests: small('PUT') },
  { name: 'get 1 KB', connections: SMALL_CONNECTIONS, targets: { s3rver: '5' }, requests: small('GET') },
  { name: 'put 10 MB', connections: LARGE_CONNECTIONS, targets: { s3rver: '1.2' }, requests: large('PUT') },
  { name: 'get 10 MB', connections: LARGE_CONNECTIONS, targets: { s3rver: '2' }, requests: large('GET') },
]

/** Rows: puts and gets as ratios to each peer, listings, memory. */
export async function run(): Promise<readonly BenchRow[]> {
  return [...(await comparePeers()), ...(await compareListings()), ...(await watchMemory())]
}

async function comparePeers(): Promise<readonly BenchRow[]> {
  const mayfly = await startChild('mayfly-server.ts')
  const peers: Peer[] = []
  try {
    const served: Served[] = [{ name: 'mayfly', sign: await signerOfMayfly(mayfly) }]
    for (const name of ['s3rver', 'fauxqs'] as const) {
      const peer = await startPeer(name, 'disk')
      peers.push(peer)
      served.push({ name, sign: signerFor(peer.endpoint, peer.credentials) })
    }
    for (const { sign } of served) {
      await send(await sign('PUT', `/${BUCKET}`, ''))
      for (const put of [...(await small('PUT')(sign)), ...(await large('PUT')(sign))]) await send(put)
    }
    const rows: BenchRow[] = []
    for (const bench of CASES) rows.push(...(await compare(bench, served)))
    return rows
  } finally {
    await Promise.all([mayfly.end(), ...peers.map((peer) => peer.end())])
  }
}

async function compare(bench: Case, served: readonly Served[]): Promise<readonly BenchRow[]> {
  const found = new Map<Server, LoadResult[]>()
  for (const { name, sign } of served) {
    found.set(name, [])
    await loadInTurns(await bench.requests(sign), bench.connections, 1)
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, sign } of served)
      found.get(name)?.push(await loadInTurns(await bench.requests(sign), bench.connections, SECONDS))
  const ours = found.get('mayfly') ?? []
  const rows: BenchRow[] = []
  for (const [name, theirs] of found) {
    if (name === 'mayfly') continue
    const ratios = ours.map((one, round) => one.perSecond / (theirs[round]?.perSecond ?? Number.NaN))
    const target = bench.targets[name]
    rows.push({
      name: `s3 ${bench.name}, c=${bench.connections}`,
      value: median(ours.map((one) => one.perSecond)),
      unit: '/s',
      ratio: median(ratios),
      floor: `${name} ${median(theirs.map((one) => one.perSecond)).toFixed(0)}/s`,
      ...(target !== undefined && { target }),
      note: `ratio ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
    })
  }
  return rows
}

function small(method: 'GET' | 'PUT'): Case['requests'] {
  const body = method === 'PUT' ? 'x'.repeat(SMALL_BYTES) : ''
  return (sign) =>
    Promise.all(Array.from({ length: KEYS }, (_, index) => sign(method, `/${BUCKET}/small/${index}.jpg`, body)))
}

function large(method: 'GET' | 'PUT'): Case['requests'] {
  const body = method === 'PUT' ? 'x'.repeat(LARGE_BYTES) : ''
  return (sign) => Promise.all([0, 1].map((index) => sign(method, `/${BUCKET}/large-${index}.jpg`, body)))
}

/** p50 of one client that pages through a listing: a page of 1,000 keys, and 1,000 common prefixes of 10,000 keys each. */
async function compareListings(): Promise<readonly BenchRow[]> {
  const mayfly = await startChild('listed-buckets.ts', [String(FEW_KEYS), String(MANY_KEYS)])
  try {
    const sign = await signerOfMayfly(mayfly)
    const pages = async (count: number): Promise<readonly LoadRequest[]> =>
      Promise.all(
        // Starts all over the bucket, each with a whole page behind it.
        Array.from({ length: 50 }, (_, index) => {
          const after = Math.floor((index / 50) * (count - 1000))
          const key = `photos/${String(Math.floor(after / 100)).padStart(6, '0')}/${String(after).padStart(8, '0')}.jpg`
          return sign('GET', `/keys-${count}?list-type=2&start-after=${encodeURIComponent(key)}`, '')
        }),
      )
    const folders = [await sign('GET', `/keys-${FEW_KEYS}?delimiter=%2F&list-type=2&prefix=photos%2F`, '')]
    const found = { few: [] as number[], many: [] as number[], folders: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      found.few.push((await loadInTurns(await pages(FEW_KEYS), 1, SECONDS)).p50Us)
      found.many.push((await loadInTurns(await pages(MANY_KEYS), 1, SECONDS)).p50Us)
      found.folders.push((await loadInTurns(folders, 1, SECONDS)).p50Us)
    }
    return [
      {
        name: 's3 list 1,000 of 1,000,000 keys, p50',
        value: median(found.many) / 1000,
        unit: 'ms',
        ratio: median(found.many.map((value, round) => value / (found.few[round] ?? Number.NaN))),
        floor: `of 10,000 keys ${(median(found.few) / 1000).toFixed(2)} ms`,
        target: '1.5 at most',
      },
      { name: 's3 list 10,000 keys in 100 common prefixes, p50', value: median(found.folders) / 1000, unit: 'ms' },
    ]
  } finally {
    await mayfly.end()
  }
}

/** Resident memory of the server at rest and at its highest while every mover puts and gets a large object at once. */
async function watchMemory(): Promise<readonly BenchRow[]> {
  const mayfly = await startChild('mayfly-server.ts')
  try {
    const sign = await signerOfMayfly(mayfly)
    await send(await sign('PUT', `/${BUCKET}`, ''))
    await move(sign, 'warm-up', 10 * 1024 * 1024)
    const before = residentMb(mayfly)
    let highest = before
    const watching = setInterval(() => (highest = Math.max(highest, residentMb(mayfly))), 50)
    await Promise.all(Array.from({ length: MOVERS }, (_, index) => move(sign, `moved-${index}`, MOVED_BYTES)))
    clearInterval(watching)
    return [
      {
        name: `s3 memory while ${MOVERS} clients move 100 MB each`,
        value: highest,
        unit: 'MB',
        floor: `${before.toFixed(0)} MB before`,
        note: `${(highest - before).toFixed(0)} MB more for ${(MOVERS * MOVED_BYTES) / 1024 / 1024} MB moved twice`,
      },
    ]
  } finally {
    await mayfly.end()
  }
}

async function move(sign: Sign, key: string, bytes: number): Promise<void> {
  const put = await sign('PUT', `/${BUCKET}/${key}`, '')
  const piece = Buffer.alloc(64 * 1024, 'x')
  const body = Readable.from(
    (function* () {
      for (let sent = 0; sent < bytes; sent += piece.length) yield piece
    })(),
  )
  const headers = { ...put.headers, 'content-length': String(bytes) }
  const options = { method: 'PUT', headers, body: Readable.toWeb(body), duplex: 'half' }
  // The types of fetch do not know `duplex`.
  const answer = await fetch(put.url, options as RequestInit)
  if (!answer.ok) throw new Error(`PUT ${key}: ${answer.status} ${await answer.text()}`)
  const { url, headers: getHeaders } = await sign('GET', `/${BUCKET}/${key}`, '')
  const got = await fetch(url, { headers: getHeaders })
  let received = 0
  for await (const chunk of got.body ?? []) received += chunk.length
  if (received !== bytes) throw new Error(`GET ${key}: ${received} bytes`)
}

function residentMb({ pid }: Child): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024
}

async function send({ url, method, headers, body }: LoadRequest): Promise<void> {
  const response = await fetch(url, { method, headers, ...(body !== '' && { body }) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
