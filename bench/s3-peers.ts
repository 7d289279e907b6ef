// Objects beside other servers of S3's protocol, in turns in one run: s3rver (files), and fauxqs (files, with its records in
// SQLite). What Mayfly answers is on disk; theirs is in the page cache. Then what no peer is asked: listings of a thousand keys
// out of a million beside the same out of ten thousand, and memory while fifty clients move 100 MB each.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { type Child, startChild } from './floors/child.ts'
import { type Peer, startPeer } from './floors/peer.ts'
import { type Sign, signerFor, signerOfMayfly } from './floors/sign.ts'
import { treeCpuMs } from './floors/tree-cpu.ts'
import { type LoadRequest, type LoadResult, loadInTurns } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
/** Compilers are at work for seconds after the first request of a kind: theirs, and ours. */
const WARM_UP_SECONDS = 4
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
  readonly pid: number
  readonly sign: Sign
}

interface Measured extends LoadResult {
  /** Of all processes, for each request: what other work on the machine disturbs least. */
  readonly cpuUs: number
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
    const served: Served[] = [{ name: 'mayfly', pid: mayfly.pid, sign: await signerOfMayfly(mayfly) }]
    for (const name of ['s3rver', 'fauxqs'] as const) {
      const peer = await startPeer(name, 'disk')
      peers.push(peer)
      served.push({ name, pid: peer.pid, sign: signerFor(peer.endpoint, peer.credentials) })
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
  const found = new Map<Server, Measured[]>()
  for (const { name, sign } of served) {
    found.set(name, [])
    await loadInTurns(await bench.requests(sign), bench.connections, WARM_UP_SECONDS)
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, pid, sign } of served) {
      const requests = await bench.requests(sign)
      const beforeMs = treeCpuMs(pid) ?? Number.NaN
      const result = await loadInTurns(requests, bench.connections, SECONDS)
      const cpuMs = (treeCpuMs(pid) ?? Number.NaN) - beforeMs
      found.get(name)?.push({ ...result, cpuUs: (cpuMs * 1000) / result.requests })
    }
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
      note: `ratio ${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}; ${cpuNote(ours, theirs)}`,
    })
  }
  return rows
}

function cpuNote(ours: readonly Measured[], theirs: readonly Measured[]): string {
  const own = median(ours.map(({ cpuUs }) => cpuUs))
  const other = median(theirs.map(({ cpuUs }) => cpuUs))
  return `CPU ${own.toFixed(0)} us/req, theirs ${other.toFixed(0)} (${(other / own).toFixed(2)})`
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

/** Resident memory of the server after every mover has put and got an object of 10 MB, and at its highest while they do with 100 MB. */
async function watchMemory(): Promise<readonly BenchRow[]> {
  const mayfly = await startChild('mayfly-server.ts')
  try {
    const sign = await signerOfMayfly(mayfly)
    await send(await sign('PUT', `/${BUCKET}`, ''))
    const idle = residentMb(mayfly)
    await moveAll(sign, LARGE_BYTES)
    const before = residentMb(mayfly)
    let highest = before
    const watching = setInterval(() => (highest = Math.max(highest, residentMb(mayfly))), 50)
    await moveAll(sign, MOVED_BYTES)
    clearInterval(watching)
    return [
      {
        name: `s3 memory while ${MOVERS} clients move 100 MB each`,
        value: highest,
        unit: 'MB',
        floor: `${before.toFixed(0)} MB after 10 MB each, ${idle.toFixed(0)} idle`,
        target: '64 MB more at most',
        note: `${(highest - before).toFixed(0)} MB more for ${(MOVERS * MOVED_BYTES) / 1024 / 1024} MB moved twice`,
      },
    ]
  } finally {
    await mayfly.end()
  }
}

async function moveAll(sign: Sign, bytes: number): Promise<void> {
  await Promise.all(Array.from({ length: MOVERS }, (_, index) => move(sign, `moved-${index}`, bytes)))
}

async function move(sign: Sign, key: string, bytes: number): Promise<void> {
  await exchange(await sign('PUT', `/${BUCKET}/${key}`, ''), bytes)
  const received = await exchange(await sign('GET', `/${BUCKET}/${key}`, ''), 0)
  if (received !== bytes) throw new Error(`GET ${key}: ${received} bytes`)
}

/** Sends so many bytes, as fast as they are taken; resolves to how many came back. */
function exchange({ url, method, headers }: LoadRequest, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = bytes > 0 ? { 'content-length': String(bytes) } : {}
    const sending = request(url, { method, headers: { ...headers, ...length } }, (answer) => {
      let received = 0
      answer.on('data', (piece: Buffer) => (received += piece.length))
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(received) : reject(new Error(`${method} ${url}: ${answer.statusCode}`)),
      )
    })
    sending.on('error', reject)
    const piece = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    const send = (): void => {
      for (; sent < bytes; sent += piece.length)
        if (!sending.write(piece)) {
          sent += piece.length
          sending.once('drain', send)
          return
        }
      sending.end()
    }
    send()
  })
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
