// Objects through the whole HTTP path, signature included, beside the discarding server (floors/object-floor.ts): it
// throws away what is put and serves what is got from memory. Requests are signed beforehand, with UNSIGNED-PAYLOAD and
// no checksum of the client's, so the server computes MD5 and CRC64NVME; the `sdk` row also has it check SHA-256 and
// CRC32, as the JavaScript SDK asks of it over plain HTTP. Each put is on disk when it is answered. What a large put cannot do
// without is measured alone: it bounds the ratio to a server that does none of it.
import { type Child, startChild } from './floors/child.ts'
import { objectParts } from './floors/object-parts.ts'
import { type Sign, signerOfMayfly } from './floors/sign.ts'
import { treeCpuMs } from './floors/tree-cpu.ts'
import { load, loadInTurns, type LoadRequest, type LoadResult } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
/** Compilers are at work for seconds after the first request of a kind. */
const WARM_UP_SECONDS = 4
const BUCKET = 'bench-photos'
/** Keys in turns: enough that writers do not wait for each other's key. */
const KEYS = 512
const SMALL_BYTES = 1024
const LARGE_BYTES = 10 * 1024 * 1024
const SMALL_CONNECTIONS = 64
const LARGE_CONNECTIONS = 2

interface Peers {
  readonly floor: Child
  readonly mayfly: Child
  readonly sign: Sign
}

interface Case {
  readonly name: string
  readonly target?: string
  readonly connections: number
  readonly bytes: number
  readonly requests: readonly LoadRequest[]
  readonly floor: LoadRequest
}

/** Rows: put and get of 1 KB and 10 MB, each as a ratio to the discarding server. */
export async function run(): Promise<readonly BenchRow[]> {
  const [floor, mayfly] = await Promise.all([startChild('object-floor.ts'), startChild('mayfly-server.ts')])
  try {
    const sign = await signerOfMayfly(mayfly)
    await send(await sign('PUT', `/${BUCKET}`, ''))
    const peers = { floor, mayfly, sign }
    const rows: BenchRow[] = []
    for (const bench of await casesOf(peers)) rows.push(...(await compare(bench, peers)))
    for (const { name, cpuUs } of await objectParts(LARGE_BYTES))
      rows.push({ name: `s3 part of put 10 MB: ${name}, CPU`, value: cpuUs, unit: 'us' })
    return rows
  } finally {
    await Promise.all([floor.end(), mayfly.end()])
  }
}

async function casesOf({ floor, sign }: Peers): Promise<readonly Case[]> {
  const small = 'x'.repeat(SMALL_BYTES)
  const large = 'x'.repeat(LARGE_BYTES)
  const floorUrl = `http://127.0.0.1:${floor.line}`
  const plain = (method: string, body: string, bytes: number): LoadRequest => {
    return { url: `${floorUrl}/?bytes=${bytes}`, method, headers: {}, body }
  }
  const keys = Array.from({ length: KEYS }, (_, index) => `/${BUCKET}/small/${index}.jpg`)
  const smallPuts = await Promise.all(keys.map((key) => sign('PUT', key, small)))
  const smallGets = await Promise.all(keys.map((key) => sign('GET', key, '')))
  for (const put of smallPuts) await send(put)
  const largePut = await sign('PUT', `/${BUCKET}/large-0.jpg`, large)
  const largePuts = [largePut, await sign('PUT', `/${BUCKET}/large-1.jpg`, large)]
  const sdkPuts = [
    await sign('PUT', `/${BUCKET}/large-0.jpg`, large, true),
    await sign('PUT', `/${BUCKET}/large-1.jpg`, large, true),
  ]
  await send(largePut)
  const largeGet = await sign('GET', `/${BUCKET}/large-0.jpg`, '')
  const ofSmall = { connections: SMALL_CONNECTIONS, bytes: SMALL_BYTES }
  const ofLarge = { connections: LARGE_CONNECTIONS, bytes: LARGE_BYTES }
  return [
    { name: 'put 1 KB', target: '0.4', requests: smallPuts, floor: plain('PUT', small, 0), ...ofSmall },
    { name: 'get 1 KB', target: '0.7', requests: smallGets, floor: plain('GET', '', SMALL_BYTES), ...ofSmall },
    { name: 'put 10 MB', target: '0.5', requests: largePuts, floor: plain('PUT', large, 0), ...ofLarge },
    { name: 'put 10 MB, sdk', requests: sdkPuts, floor: plain('PUT', large, 0), ...ofLarge },
    { name: 'get 10 MB', target: '0.75', requests: [largeGet], floor: plain('GET', '', LARGE_BYTES), ...ofLarge },
  ]
}

interface Measured extends LoadResult {
  readonly cpuUs: number
}

/** In turns with the floor; a ratio is the median over the rounds. Wall time shows the disk too, CPU time does not. */
async function compare(bench: Case, { floor: floorChild, mayfly }: Peers): Promise<readonly BenchRow[]> {
  const { name, target, connections, bytes, requests, floor } = bench
  await loadInTurns(requests, connections, WARM_UP_SECONDS)
  await load(floor, connections, WARM_UP_SECONDS)
  const floors: Measured[] = []
  const ours: Measured[] = []
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await measured(floorChild, () => load(floor, connections, SECONDS)))
    ours.push(await measured(mayfly, () => loadInTurns(requests, connections, SECONDS)))
  }
  const middle = (of: readonly Measured[], field: 'perSecond' | 'cpuUs'): number => median(of.map((one) => one[field]))
  const ratios = ours.map((one, round) => one.perSecond / (floors[round]?.perSecond ?? Number.NaN))
  const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`
  const p99Ms = Math.max(...ours.map((one) => one.p99Us)) / 1000
  const megabytes = bytes === LARGE_BYTES ? `, ${((middle(ours, 'perSecond') * bytes) / 1e6).toFixed(0)} MB/s` : ''
  return [
    {
      name: `s3 ${name}, c=${connections}`,
      value: middle(ours, 'perSecond'),
      unit: '/s',
      ratio: median(ratios),
      floor: `discarding server ${middle(floors, 'perSecond').toFixed(0)}/s`,
      ...(target !== undefined && { target }),
      note: `ratio ${range}, p99 ${p99Ms.toFixed(1)} ms${megabytes}`,
    },
    {
      name: `s3 ${name}, CPU of all processes`,
      value: middle(ours, 'cpuUs'),
      unit: 'us/req',
      ratio: middle(ours, 'cpuUs') / middle(floors, 'cpuUs'),
      floor: `discarding server ${middle(floors, 'cpuUs').toFixed(0)} us/req`,
    },
  ]
}

async function measured({ pid }: Child, send: () => Promise<LoadResult>): Promise<Measured> {
  const beforeMs = treeCpuMs(pid) ?? Number.NaN
  const result = await send()
  const cpuMs = (treeCpuMs(pid) ?? Number.NaN) - beforeMs
  return { ...result, cpuUs: (cpuMs * 1000) / result.requests }
}

async function send({ url, method, headers, body }: LoadRequest): Promise<void> {
  const response = await fetch(url, { method, headers, ...(body !== '' && { body }) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
