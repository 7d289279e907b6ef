// What a function feels when another one misbehaves on the same machine: its round trips alone and beside the other, in
// turns, through the engine. The floor is the same function alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '../server/src/engine/create-engine.ts'
import type { Engine, FunctionVersion } from '../server/src/engine/engine.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 5
const ROUND_MS = 2_000
/** Between two calls of the neighbour. */
const PAUSE_MS = 2
/** How many of them at once. */
const HOSTILE = 4

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
  return rows
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
    for (let n = 0; n < 500; n++) await invoke(engine, neighbour)
    const ratios: number[] = []
    const alone: number[] = []
    const together: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const quietTimes = await roundOf(engine, neighbour)
      const stop = torment(engine, versionOf(folder, `${name} ${round}`, source, HOSTILE))
      const loudTimes = await roundOf(engine, neighbour)
      await stop()
      alone.push(at(quietTimes, 0.99))
      together.push(at(loudTimes, 0.99))
      ratios.push(at(loudTimes, 0.99) / at(quietTimes, 0.99))
    }
    return {
      name: `neighbour of ${HOSTILE} instances of a function that ${name}: p99`,
      value: at(together, 0.5),
      unit: 'ms',
      floor: 'alone',
      ratio: at(ratios, 0.5),
      target: '<= 1.5',
      note: `alone ${at(alone, 0.5).toFixed(2)} ms; ratios ${at(ratios, 0).toFixed(2)} to ${at(ratios, 1).toFixed(2)}`,
    }
  } finally {
    await engine.close(0)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function roundOf(engine: Engine, version: FunctionVersion): Promise<number[]> {
  const times: number[] = []
  const endMs = performance.now() + ROUND_MS
  while (performance.now() < endMs) {
    const began = performance.now()
    await invoke(engine, version)
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
    timeoutMs: 1_000,
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
