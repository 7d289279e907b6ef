// A function whose init takes 300 ms: its first invocation with an instance that stands by, initialised and frozen, and
// without, in turns. The floor is the init itself, as the cold invocation reports it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '../server/src/engine/create-engine.ts'
import type { Engine, FunctionVersion } from '../server/src/engine/engine.ts'
import type { BenchRow } from './row.ts'

const INIT_MS = 300
const ROUNDS = 15
/** Longer than it takes until an idle instance is frozen. */
const FROZEN_AFTER_MS = 700
const HANDLER = `const end = Date.now() + ${INIT_MS}; while (Date.now() < end); exports.handler = async () => "done"`

/** One row: the answer of the instance that stands by, as a share of the init. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-snapstart-'))
  const engine = await createEngine({
    folder,
    log: quiet,
    acceptSocket: (socket) => void socket.destroy(),
    ready: { node: { small: 2 } },
  })
  try {
    const standing: number[] = []
    const inits: number[] = []
    for (let round = -1; round < ROUNDS; round++) {
      const cold = versionOf(`cold-${round}`)
      const initMs = await invoke(engine, cold)
      engine.retire(cold.id)
      const kept = versionOf(`kept-${round}`)
      engine.standBy(kept)
      while (engine.status().instances === 0) await pause(10)
      await pause(INIT_MS + FROZEN_AFTER_MS)
      const startMs = performance.now()
      await invoke(engine, kept)
      const standingMs = performance.now() - startMs
      engine.retire(kept.id)
      if (round >= 0) standing.push(standingMs)
      if (round >= 0 && initMs !== undefined) inits.push(initMs)
    }
    return [
      {
        name: `SnapStart: first invocation, init of ${INIT_MS} ms, p50`,
        value: median(standing),
        unit: 'ms',
        ratio: median(standing) / median(inits),
        floor: `its init ${median(inits).toFixed(0)} ms`,
        target: '<= 0.1',
        note: `longest ${Math.max(...standing).toFixed(1)} ms`,
      },
    ]
  } finally {
    await engine.close(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Its init time, when it had one. */
async function invoke(engine: Engine, version: FunctionVersion): Promise<number | undefined> {
  const outcome = await engine.invoke(version, { id: 'bench', payload: Buffer.from('{}'), context: {} })
  if (outcome.kind !== 'result') throw new Error(`the invocation ended as ${outcome.kind}`)
  return outcome.metering.initMs
}

function versionOf(id: string): FunctionVersion {
  return {
    id,
    account: '000000000000',
    runtime: 'node',
    handler: 'index.handler',
    code: {
      id: 'e'.repeat(64),
      size: HANDLER.length,
      unpack: async (target) => writeFileSync(join(target, 'index.js'), HANDLER),
    },
    environment: {},
    memoryMb: 128,
    timeoutMs: 3_000,
    ephemeralMb: 512,
    quota: () => ({ id, instancesMax: 10 }),
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    output: () => {},
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }
