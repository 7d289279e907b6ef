// Invoking functions through the whole HTTP path: signature, logs and metering included.
//
// Warm: one fixed, signed request from wrk, at 1, 16 and 64 connections, with as many
// instances as the engine sees fit, and again at 16 and 64 with two. In the same run, alternating with it: H, the
// floor of node:http, and P, the naive peer (floors/). All of them are loaded before until their compilers are done. At one
// connection wrk has a core, and what answers has the other: one waits for the other all the time, and where the kernel
// puts them would decide otherwise. Cold: a hundred deployed versions, each invoked for the first time
// while ready cells wait, alternating with S, the spawn of a node process until its first output.
import { execFile } from 'node:child_process'
import { Agent, request } from 'node:http'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { type LambdaClient, PublishVersionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { BENCH_PAYLOAD, deployBench, signedInvoke } from './floors/bench-function.ts'
import { type Child, startChild } from './floors/child.ts'
import { pinTree, treeCpuMs } from './floors/tree-cpu.ts'
import { load, type LoadRequest, type LoadResult } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
/** V8 goes on compiling for some 100,000 requests. */
const WARM_UP_SECONDS = 6
const WARM_UP_CONNECTIONS = 64
/** As taskset counts them. */
const CORES = { served: '0', load: 1, all: `0-${availableParallelism() - 1}` } as const
const COLD_RUNS = 100
/** V8 would collect for memory's sake after eight seconds. */
const REST_MS = 12_000
const REST_ROUNDS = 3
const RESTED_CONNECTIONS = 16
/** Enough for the pool to have ready cells again. */
const COLD_PAUSE_MS = 150
/** Few instances, one invocation at a time each: what the bridge to a cell costs, without the help of more cells. */
const INSTANCES_FEW = 2
const INSTANCES_MANY = 1000
const CONNECTIONS = [1, 16, 64]
const CONNECTIONS_FEW = [16, 64]

/** What is loaded, and the process at the root of all that serve it. */
interface Served {
  readonly request: LoadRequest
  readonly pid: number
}

interface Floors {
  readonly H: Served
  readonly P: Served
}

interface Peers extends Floors {
  readonly M: Served
}

interface Measured extends LoadResult {
  /** Processor time of all processes behind it, in microseconds a request. */
  readonly cpuUs: number
}

interface Mayfly {
  readonly child: Child
  readonly client: LambdaClient
}

export async function run(): Promise<readonly BenchRow[]> {
  const floor = await startChild('http-floor.ts')
  const peer = await startChild('naive-peer.ts')
  try {
    const plain = { method: 'POST', headers: { 'content-type': 'application/json' }, body: BENCH_PAYLOAD }
    const floors: Floors = {
      H: { request: { ...plain, url: `http://127.0.0.1:${floor.line}/` }, pid: floor.pid },
      P: { request: { ...plain, url: `http://127.0.0.1:${peer.line}/` }, pid: peer.pid },
    }
    for (const { request } of [floors.H, floors.P]) await load(request, WARM_UP_CONNECTIONS, WARM_UP_SECONDS)
    // One after the other: processes that do nothing make a small machine slower, too.
    return [...(await wide(floors)), ...(await narrow(floors))]
  } finally {
    await Promise.all([floor.end(), peer.end()])
  }
}

async function wide(floors: Floors): Promise<readonly BenchRow[]> {
  const mayfly = await startMayfly(INSTANCES_MANY)
  try {
    const peers = await warmedUp(mayfly, floors)
    const rows: BenchRow[] = []
    for (const connections of CONNECTIONS) rows.push(...(await warm(`c=${connections}`, peers, connections)))
    rows.push(await rested(peers.M))
    rows.push(...(await cold(mayfly.client)))
    rows.push(...(await warm('c=64, 64 in one instance', await sharing(mayfly, floors), 64)))
    return rows
  } finally {
    await mayfly.child.end()
  }
}

async function narrow(floors: Floors): Promise<readonly BenchRow[]> {
  const mayfly = await startMayfly(INSTANCES_FEW)
  try {
    const peers = await warmedUp(mayfly, floors)
    const rows: BenchRow[] = []
    for (const connections of CONNECTIONS_FEW)
      rows.push(...(await warm(`c=${connections}, ${INSTANCES_FEW} instances`, peers, connections)))
    return rows
  } finally {
    await mayfly.child.end()
  }
}

async function warmedUp({ client, child }: Mayfly, floors: Floors): Promise<Peers> {
  const request = await signedInvoke(client, 'bench', undefined)
  await load(request, WARM_UP_CONNECTIONS, WARM_UP_SECONDS)
  return { ...floors, M: { request, pid: child.pid } }
}

async function startMayfly(instances: number): Promise<Mayfly> {
  const child = await startChild('mayfly-server.ts', [String(instances)])
  return { child, client: await deployBench(child) }
}

/** The same function, once its instances may run 64 invocations each. */
async function sharing(mayfly: Mayfly, floors: Floors): Promise<Peers> {
  const Environment = { Variables: { MAYFLY_CONCURRENCY: '64' } }
  await mayfly.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'bench', Environment }))
  return warmedUp(mayfly, floors)
}

async function measure({ request, pid }: Served, connections: number, core?: number): Promise<Measured> {
  const beforeMs = treeCpuMs(pid) ?? Number.NaN
  const result = await load(request, connections, SECONDS, core)
  const cpuMs = (treeCpuMs(pid) ?? Number.NaN) - beforeMs
  return { ...result, cpuUs: (cpuMs * 1000) / result.requests }
}

async function warm(name: string, { H, P, M }: Peers, connections: number): Promise<readonly BenchRow[]> {
  const pins = connections === 1 && availableParallelism() > 1
  if (pins) for (const { pid } of [H, P, M]) pinTree(pid, CORES.served)
  const core = pins ? CORES.load : undefined
  const seen: Record<'H' | 'P' | 'M', Measured[]> = { H: [], P: [], M: [] }
  for (let round = 0; round < ROUNDS; round++) {
    seen.H.push(await measure(H, connections, core))
    seen.M.push(await measure(M, connections, core))
    seen.P.push(await measure(P, connections, core))
  }
  if (pins) for (const { pid } of [H, P, M]) pinTree(pid, CORES.all)
  const middle = (peer: 'H' | 'P' | 'M', field: keyof Measured): number =>
    median(seen[peer].map((result) => result[field]))
  const ratioTo = (peer: 'H' | 'P'): number =>
    median(seen.M.map((result, round) => result.perSecond / (seen[peer][round]?.perSecond ?? Number.NaN)))
  const p99 = `p99 ${ms(middle('M', 'p99Us'))} ms, P ${ms(middle('P', 'p99Us'))} ms, H ${ms(middle('H', 'p99Us'))} ms`
  const rows: BenchRow[] = [
    {
      name: `invoke warm ${name}`,
      value: middle('M', 'perSecond'),
      unit: 'req/s',
      ratio: ratioTo('P'),
      floor: `naive peer ${Math.round(middle('P', 'perSecond'))} req/s`,
      ...(connections > 1 && { target: name.includes('in one instance') ? '>= 0.80' : '>= 0.60' }),
      note: `${ratioTo('H').toFixed(2)} of node:http; ${p99}`,
    },
  ]
  rows.push({
    name: `invoke warm ${name}, CPU of all processes`,
    value: middle('M', 'cpuUs'),
    unit: 'us/req',
    ratio: middle('M', 'cpuUs') / middle('P', 'cpuUs'),
    floor: `naive peer ${middle('P', 'cpuUs').toFixed(0)} us/req`,
    note: `node:http ${middle('H', 'cpuUs').toFixed(0)} us/req`,
  })
  if (connections === 1)
    rows.push({
      name: 'invoke warm c=1, p50 added over node:http',
      value: middle('M', 'p50Us') - middle('H', 'p50Us'),
      unit: 'us',
      target: '<= 150 us',
      note: `p50 ${middle('M', 'p50Us')} us, P ${middle('P', 'p50Us')} us, H ${middle('H', 'p50Us')} us`,
    })
  return rows
}

/** Whether a pause costs the server its compiled code: the first second after it beside the last one before. */
async function rested({ request }: Served): Promise<BenchRow> {
  const before: number[] = []
  const after: number[] = []
  for (let round = 0; round < REST_ROUNDS; round++) {
    // The first second of each load begins connections and thaws instances.
    await load(request, RESTED_CONNECTIONS, 2)
    before.push((await load(request, RESTED_CONNECTIONS, 1)).perSecond)
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    after.push((await load(request, RESTED_CONNECTIONS, 1)).perSecond)
  }
  return {
    name: `invoke warm c=${RESTED_CONNECTIONS}, first second after ${REST_MS / 1000} s of rest`,
    value: median(after),
    unit: 'req/s',
    ratio: median(after.map((perSecond, round) => perSecond / (before[round] ?? Number.NaN))),
    floor: `before ${Math.round(median(before))} req/s`,
    target: '>= 0.80',
    note: `${REST_ROUNDS} rests`,
  }
}

async function cold(client: LambdaClient): Promise<readonly BenchRow[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ours: number[] = []
  const spawns: number[] = []
  for (let index = 0; index < COLD_RUNS + 5; index++) {
    const version = await freshVersion(client, index)
    const invoke = await signedInvoke(client, 'bench', version)
    await new Promise((resolve) => setTimeout(resolve, COLD_PAUSE_MS))
    const coldMs = await timed(() => send(invoke, agent))
    const spawnMs = await timed(spawnNode)
    // The first ones warm the caches of the file system and of this process.
    if (index >= 5) ours.push(coldMs)
    if (index >= 5) spawns.push(spawnMs)
  }
  agent.destroy()
  const ratio = quantile(ours, 0.5) / quantile(spawns, 0.5)
  return [
    {
      name: 'invoke cold, ready cell, p50',
      value: quantile(ours, 0.5),
      unit: 'ms',
      ratio,
      floor: `spawn node ${quantile(spawns, 0.5).toFixed(1)} ms`,
      target: '<= 0.12',
      note: `p90 ${quantile(ours, 0.9).toFixed(2)} ms, p99 ${quantile(ours, 0.99).toFixed(2)} ms (target 20), ${COLD_RUNS} fresh cells`,
    },
  ]
}

/** A version that has never run: the same code, so that nothing has to be unpacked. */
async function freshVersion(client: LambdaClient, index: number): Promise<string> {
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'bench', Description: `run ${index}` }))
  const { Version = '' } = await client.send(new PublishVersionCommand({ FunctionName: 'bench' }))
  return Version
}

function send({ url, method, headers, body }: LoadRequest, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200 && text.includes('"world"')) resolve()
        else reject(new Error(`cold invoke: ${response.statusCode} ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const execute = promisify(execFile)

async function spawnNode(): Promise<void> {
  const { stdout } = await execute(process.execPath, ['-e', 'process.stdout.write("world")'])
  if (stdout !== 'world') throw new Error('spawn failed')
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function ms(us: number): string {
  return (us / 1000).toFixed(2)
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
