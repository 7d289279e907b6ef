// What a function feels when another one misbehaves on the same machine: its round trips alone and beside the other, in
// turns, through the engine. The floor is the same function alone. And what the machine can do: round trips to a bare
// process, alone and beside four bare ones that compute and have only what others leave (SCHED_IDLE).
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '../server/src/engine/create-engine.ts'
import type { Engine, FunctionVersion } from '../server/src/engine/engine.ts'
import { startBareProcess } from './floors/bare-process.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const ROUND_MS = 2_000
/** Between two calls of the neighbour. */
const PAUSE_MS = 2
/** How many of them at once. */
const HOSTILE = 4
/** V8 compiles for long, in threads that need a core. */
const WARM_UP_CALLS = 20_000
/** Of every function here. */
const TIMEOUT_MS = 1_000

const NEIGHBOUR = 'exports.handler = async (event) => event'

const HOSTILES: Readonly<Record<string, string>> = {
  'computes without end': 'exports.handler = () => { for (;;); }',
  'prints without end': 'exports.handler = async () => { const line = "x".repeat(10_000); for (;;) console.log(line) }',
  'starts and kills itself': 'exports.handler = async () => process.kill(process.pid, "SIGKILL")',
  'fills its memory': 'exports.handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(4e6, 1)) }',
}

/** A row for each way to misbehave: p99 beside it, as a ratio to p99 alone. */
export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const [name, source] of Object.entries(HOSTILES)) rows.push(await beside(name, source))
  rows.push(await bare())
  return rows
}

async function bare(): Promise<BenchRow> {
  const neighbour = await startBareProcess(0)
  try {
    for (let n = 0; n < WARM_UP_CALLS; n++) await neighbour.call()
    const compared = await inTurns(() => neighbour.call(), tormentBarely)
    return rowOf(`bare process beside ${HOSTILE} that compute and stand back: p99`, compared)
  } finally {
    neighbour.kill()
  }
}

/** Processes that live as long as the instances of a function that computes without end, each followed by the next one. */
function tormentBarely(): () => Promise<void> {
  const stopped = new AbortController()
  const options = { killSignal: 'SIGKILL', timeout: TIMEOUT_MS } as const
  const loops = Array.from({ length: HOSTILE }, async () => {
    while (!stopped.signal.aborted) {
      const child = spawn('chrt', ['--idle', '0', process.execPath, '-e', 'for (;;);'], options)
      await new Promise((resolve) => child.once('exit', resolve))
    }
  })
  return async () => {
    stopped.abort()
    await Promise.all(loops)
  }
}

async function beside(name: string, source: string): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-neighbour-'))
  const engine = await createEngine({
    folder,
    log: quiet,
    acceptSocket: (socket) => void socket.destroy(),
    ready: { node: { small: HOSTILE } },
  })
  try {
    const neighbour = versionOf(folder, 'neighbour', NEIGHBOUR, 1)
    const call = (): Promise<void> => invoke(engine, neighbour)
    for (let n = 0; n < WARM_UP_CALLS; n++) await call()
    const compared = await inTurns(call, (round) =>
      torment(engine, versionOf(folder, `${name} ${round}`, source, HOSTILE)),
    )
    const row = rowOf(`neighbour of ${HOSTILE} instances of a function that ${name}: p99`, compared)
    return { ...row, target: '<= 1.5' }
  } finally {
    await engine.close(0)
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Compared {
  readonly ratios: readonly number[]
  readonly alone: readonly number[]
  readonly together: readonly number[]
}

/** p99 of the calls of each round, alone and while what `begin` begins is under way; it gives what ends it. */
async function inTurns(call: () => Promise<void>, begin: (round: number) => () => Promise<void>): Promise<Compared> {
  const ratios: number[] = []
  const alone: number[] = []
  const together: number[] = []
  // What is done for the other one is compiled in a round that does not count.
  for (let round = -1; round < ROUNDS; round++) {
    const quietTimes = await roundOf(call)
    const stop = begin(round)
    const loudTimes = await roundOf(call)
    await stop()
    if (round < 0) continue
    alone.push(at(quietTimes, 0.99))
    together.push(at(loudTimes, 0.99))
    ratios.push(at(loudTimes, 0.99) / at(quietTimes, 0.99))
  }
  return { ratios, alone, together }
}

function rowOf(name: string, { ratios, alone, together }: Compared): BenchRow {
  return {
    name,
    value: at(together, 0.5),
    unit: 'ms',
    floor: 'alone',
    ratio: at(ratios, 0.5),
    note: `alone ${at(alone, 0.5).toFixed(2)} ms; ratios ${at(ratios, 0).toFixed(2)} to ${at(ratios, 1).toFixed(2)}`,
  }
}

async function roundOf(call: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  const endMs = performance.now() + ROUND_MS
  while (performance.now() < endMs) {
    const began = performance.now()
    await call()
    times.push(performance.now() - began)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return times
}

/** Keeps calling the hostile function until it is stopped. */
function torment(engine: Engine, version: FunctionVersion): () => Promise<void> {
  const stopped = new AbortController()
  const loops = Array.from({ length: HOSTILE }, async () => {
    while (!stopped.signal.aborted)
      await engine.invoke(version, { id: 'hostile', payload: Buffer.from('{}'), context: {}, output: () => {} })
  })
  return async () => {
    stopped.abort()
    await Promise.all(loops)
    engine.retire(version.id)
  }
}

async function invoke(engine: Engine, version: FunctionVersion): Promise<void> {
  const outcome = await engine.invoke(version, { id: 'bench', payload: Buffer.from('{"a":1}'), context: {} })
  if (outcome.kind !== 'result') throw new Error(`the neighbour ended as ${outcome.kind}`)
}

function versionOf(folder: string, id: string, source: string, instancesMax: number): FunctionVersion {
  return {
    id: `${folder} ${id}`,
    account: '000000000000',
    runtime: 'node',
    handler: 'index.handler',
    code: {
      id: Buffer.from(`${id} ${source}`).toString('hex').slice(0, 64).padEnd(64, '0'),
      size: source.length,
      unpack: async (target) => (await import('node:fs')).writeFileSync(join(target, 'index.js'), source),
    },
    environment: {},
    memoryMb: 128,
    timeoutMs: TIMEOUT_MS,
    ephemeralMb: 512,
    quota: () => ({ id, instancesMax }),
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    output: () => {},
  }
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }
