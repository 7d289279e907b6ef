// The engine alone, without HTTP: what it costs to begin a function in a ready cell, to go on in a warm one, to boot a cell,
// to end one, and what an idle cell holds. The floor is S: a node process spawned until its first output, in turns with
// the cold starts. The whole path, with HTTP and signatures, is in invoke.ts.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '../server/src/engine/create-engine.ts'
import type { Engine, FunctionVersion, RuntimeKind } from '../server/src/engine/engine.ts'
import type { BenchRow } from './row.ts'

const COLD_RUNS = 60
const WARM_RUNS = 5_000
const READY_CELLS = 4
const IDLE_CELLS = 20
/** Long enough for the pool to have its ready cells again. */
const COLD_PAUSE_MS = 120

const SOURCES: Readonly<Record<RuntimeKind, { readonly file: string; readonly text: string }>> = {
  node: { file: 'index.js', text: 'exports.handler = async (event) => ({ statusCode: 200, body: "ok" })' },
  python: { file: 'index.py', text: 'def handler(event, context):\n    return {"statusCode": 200, "body": "ok"}\n' },
}

/** Rows: cold starts of both runtimes, the warm round trip, boots, kills and memory. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-cold-'))
  const engine = await createEngine({
    folder,
    log: quiet,
    acceptSocket: (socket) => void socket.destroy(),
    ready: { node: { small: READY_CELLS }, python: { small: READY_CELLS } },
  })
  try {
    const bootMs = await filled(engine)
    const node = await cold(engine, 'node')
    const python = await cold(engine, 'python')
    const warm = await warmRoundTrips(engine)
    return [
      ...coldRows('node', node, 0.12),
      ...coldRows('python', python, 0.08),
      {
        name: 'engine: warm round trip, p50',
        value: at(warm, 0.5) * 1000,
        unit: 'us',
        target: '<= 150 us',
        note: `p99 ${(at(warm, 0.99) * 1000).toFixed(0)} us`,
      },
      {
        name: 'engine: instance ended until gone, p50',
        value: at(node.endMs, 0.5),
        unit: 'ms',
        note: `p99 ${at(node.endMs, 0.99).toFixed(1)} ms (target 20)`,
      },
      {
        name: 'engine: boot of a cell, mean of the first fill',
        value: bootMs,
        unit: 'ms',
        note: 'two at a time, tier ' + engine.status().tier,
      },
      await memoryRow(),
    ]
  } finally {
    await engine.close(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

interface ColdRuns {
  readonly coldMs: number[]
  readonly spawnMs: number[]
  readonly endMs: number[]
}

/** Every run is a new version with the same code, so the code is unpacked, as it is after a deployment. */
async function cold(engine: Engine, runtime: RuntimeKind): Promise<ColdRuns> {
  const runs: ColdRuns = { coldMs: [], spawnMs: [], endMs: [] }
  for (let n = -3; n < COLD_RUNS; n++) {
    const gone = Promise.withResolvers<void>()
    const version = { ...versionOf(runtime, `${runtime}-${n}`), ended: () => gone.resolve() }
    await engine.stage(version)
    await filled(engine)
    const coldMs = await timed(() => invoke(engine, version))
    const endMs = await timed(async () => {
      engine.retire(version.id)
      await gone.promise
    })
    await pause(COLD_PAUSE_MS)
    const floorMs = await spawnMs()
    // The first ones warm the code of the engine itself.
    if (n < 0) continue
    runs.coldMs.push(coldMs)
    runs.endMs.push(endMs)
    runs.spawnMs.push(floorMs)
  }
  return runs
}

function coldRows(runtime: RuntimeKind, { coldMs, spawnMs }: ColdRuns, target: number): BenchRow[] {
  const floorMs = at(spawnMs, 0.5)
  return [
    {
      name: `engine: cold start in a ready ${runtime} cell, p50`,
      value: at(coldMs, 0.5),
      unit: 'ms',
      ratio: at(coldMs, 0.5) / floorMs,
      floor: `spawn node ${floorMs.toFixed(1)} ms`,
      target: `<= ${target}`,
      note: `p90 ${at(coldMs, 0.9).toFixed(1)} ms, p99 ${at(coldMs, 0.99).toFixed(1)} ms (target 20)`,
    },
  ]
}

async function warmRoundTrips(engine: Engine): Promise<number[]> {
  const version = versionOf('node', 'warm')
  for (let n = 0; n < 1_000; n++) await invoke(engine, version)
  const times: number[] = []
  for (let n = 0; n < WARM_RUNS; n++) times.push(await timed(() => invoke(engine, version)))
  return times
}

async function invoke(engine: Engine, version: FunctionVersion): Promise<void> {
  const outcome = await engine.invoke(version, { id: 'bench', payload: Buffer.from('{"a":1}'), context: {} })
  if (outcome.kind !== 'result') throw new Error(`the invocation ended as ${outcome.kind}`)
}

function versionOf(runtime: RuntimeKind, id: string): FunctionVersion {
  const { file, text } = SOURCES[runtime]
  return {
    id,
    account: '000000000000',
    runtime,
    handler: 'index.handler',
    code: {
      id: (runtime === 'node' ? 'a' : 'b').repeat(64),
      size: text.length,
      unpack: async (target) => writeFileSync(join(target, file), text),
    },
    environment: {},
    memoryMb: 128,
    timeoutMs: 3_000,
    ephemeralMb: 512,
    quota: () => ({ id, instancesMax: 1 }),
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    output: () => {},
  }
}

/** Waits for a full pool; ms per cell since the call. */
async function filled(engine: Engine): Promise<number> {
  const startMs = performance.now()
  const before = engine.status().readyCells
  while (engine.status().readyCells < 2 * READY_CELLS) await pause(5)
  return (performance.now() - startMs) / Math.max(1, 2 * READY_CELLS - before)
}

/** ms until a process of Node.js has put something out. Resolves when it has ended: that takes a core as well. */
function spawnMs(): Promise<number> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', 'process.stdout.write("x")'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let firstMs = Number.NaN
    child.stdout.once('data', () => (firstMs = performance.now() - began))
    child.once('error', reject)
    child.once('close', () => resolve(firstMs))
  })
}

/** Twenty cells, as many as share the pages of their program on a small machine that has something to do. */
async function memoryRow(): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-idle-cells-'))
  const engine = await createEngine({
    folder,
    log: quiet,
    acceptSocket: (socket) => void socket.destroy(),
    ready: { node: { small: IDLE_CELLS } },
  })
  try {
    while (engine.status().readyCells < IDLE_CELLS) await pause(20)
    await pause(COLD_PAUSE_MS)
    return {
      name: 'engine: memory of an idle node cell (PSS, with its sandbox)',
      value: idleCellMb(folder),
      unit: 'MB',
      target: '<= 12 MB',
      note: `${IDLE_CELLS} cells`,
    }
  } finally {
    await engine.close(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the node cells' processes hold: the mean over the cells, sandbox included. */
function idleCellMb(folder: string): number {
  let kilobytes = 0
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      const ours = command.includes('node/main.cjs') && inFolder(name, folder)
      if (ours) kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {
      // It ended while we looked.
    }
  }
  return kilobytes / 1024 / IDLE_CELLS
}

/** Whether the process, or one above it, belongs to this engine: their launcher names the folder. */
function inFolder(pid: string, folder: string): boolean {
  for (
    let at = pid;
    Number(at) > 1;
    at = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? '1'
  )
    if (readFileSync(`/proc/${at}/cmdline`, 'utf8').includes(`${folder}/runtime/launcher`)) return true
  return false
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

function at(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
}

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => quiet,
}
