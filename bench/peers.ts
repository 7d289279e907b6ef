// Warm invocations beside other servers of functions, in turns in one run: the functions framework (one process, no
// isolation), workerd (one worker in the server's process), serverless-offline (the local emulator of one framework). Mayfly
// verifies a signature, asks permission, runs the function in a sandbox, logs and meters; none of the others does.
import { type Child, startChild } from './floors/child.ts'
import { type FunctionPeer, type Peer, startFunctionPeer } from './floors/peer.ts'
import { BENCH_PAYLOAD, deployBench, signedInvoke } from './floors/bench-function.ts'
import { load, type LoadRequest, type LoadResult } from './floors/wrk.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const SECONDS = 2
/** V8 goes on compiling Mayfly for some 100,000 requests. */
const WARM_UP_SECONDS = 6
const CONNECTIONS = 32
const TARGETS: Readonly<Record<FunctionPeer, number>> = {
  'functions-framework': 1.5,
  workerd: 1.5,
  'serverless-offline': 3,
}
const PEERS: readonly FunctionPeer[] = ['functions-framework', 'workerd', 'serverless-offline']

interface Served {
  readonly name: 'mayfly' | FunctionPeer
  readonly request: LoadRequest
  readonly seen: LoadResult[]
}

/** A row for each peer: invocations a second, ours over theirs. */
export async function run(): Promise<readonly BenchRow[]> {
  const mayfly = await startChild('mayfly-server.ts')
  const peers: Peer[] = []
  try {
    const served: Served[] = [{ name: 'mayfly', request: await ours(mayfly), seen: [] }]
    for (const name of PEERS) {
      const peer = await startFunctionPeer(name)
      peers.push(peer)
      const headers = { 'content-type': 'application/json' }
      const request = { url: `${peer.endpoint}/`, method: 'POST', headers, body: BENCH_PAYLOAD }
      served.push({ name, request, seen: [] })
    }
    for (const { request } of served) await load(request, CONNECTIONS, WARM_UP_SECONDS)
    for (let round = 0; round < ROUNDS; round++)
      for (const { request, seen } of served) seen.push(await load(request, CONNECTIONS, SECONDS))
    return rowsOf(served)
  } finally {
    await Promise.all([mayfly.end(), ...peers.map((peer) => peer.end())])
  }
}

async function ours(mayfly: Child): Promise<LoadRequest> {
  const client = await deployBench(mayfly)
  return signedInvoke(client, 'bench', undefined)
}

function rowsOf([mayfly, ...peers]: readonly Served[]): readonly BenchRow[] {
  return peers.map(({ name, seen }) => {
    const ratios = seen.map((theirs, round) => (mayfly?.seen[round]?.perSecond ?? Number.NaN) / theirs.perSecond)
    const theirs = median(seen.map((result) => result.perSecond))
    return {
      name: `invoke warm c=${CONNECTIONS}, beside ${name}`,
      value: median(mayfly?.seen.map((result) => result.perSecond) ?? []),
      unit: 'req/s',
      ratio: median(ratios),
      floor: `${name} ${Math.round(theirs)} req/s`,
      ...(name !== 'mayfly' && { target: `>= ${TARGETS[name]}` }),
      note: `p99 ${(median(mayfly?.seen.map((result) => result.p99Us) ?? []) / 1000).toFixed(2)} ms, theirs ${(median(seen.map((result) => result.p99Us)) / 1000).toFixed(2)} ms`,
    }
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
