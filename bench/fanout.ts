// A burst: 1,000 invocations of a function that waits for 10 ms, at once, at most 50 of them at a time. Ideal: 200 ms. With
// 50 ready cells, with 10, and with none; and in turns with the ready ones as many bare processes, which say what the
// machine can do. And the first invocation when nothing is ready, of a function that answers at once,
// beside what a sandboxed node process takes to its first output; both in turns.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createEngine } from '../server/src/engine/create-engine.ts'
import type { Engine, FunctionVersion } from '../server/src/engine/engine.ts'
import { type BareProcess, startBareProcess } from './floors/bare-process.ts'
import type { BenchRow } from './row.ts'

const INVOCATIONS = 1_000
const HANDLER_MS = 10
const INSTANCES_MAX = 50
const IDEAL_MS = (INVOCATIONS * HANDLER_MS) / INSTANCES_MAX
const ROUNDS = 5
/** The engine's own code is compiled by then; cells are new in each round. */
const WARM_UP_ROUNDS = 4
const COLD_ROUNDS = 15
const READY_WAIT_MS_MAX = 60_000

const WAITING = `exports.handler = () => new Promise((resolve) => setTimeout(resolve, ${HANDLER_MS}, "done"))`
/** Its own time would count as ours. */
const AT_ONCE = 'exports.handler = async () => "done"'

/** Rows: the burst with each number of ready cells, then a cold start without any. */
export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const [ready, target] of [
    [INSTANCES_MAX, '<= 1.5'],
    [10, '<= 4'],
    [0, undefined],
  ] as const)
    rows.push(...(await withEngine(ready, (engine) => burstRows(engine, ready, target))))
  rows.push(await withEngine(0, coldRow))
  return rows
}

async function withEngine<T>(ready: number, work: (engine: Engine) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-fanout-'))
  const engine = await createEngine({
    folder,
    log: quiet,
    acceptSocket: (socket) => void socket.destroy(),
    ready: { node: { small: ready } },
  })
  try {
    return await work(engine)
  } finally {
    await engine.close(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function burstRows(engine: Engine, ready: number, target: string | undefined): Promise<readonly BenchRow[]> {
  const times: number[] = []
  const bareTimes: number[] = []
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    if (ready === INSTANCES_MAX && round >= 0) bareTimes.push(await bareBurst())
    const version = versionOf(`burst-${round}`, WAITING)
    await engine.stage(version)
    await filled(engine, ready)
    const ms = await timed(() => Promise.all(Array.from({ length: INVOCATIONS }, () => invoke(engine, version))))
    if (round >= 0) times.push(ms)
    engine.retire(version.id)
  }
  const ours = {
    ...rowOf(`${ready} ready cells`, times, `at most ${INSTANCES_MAX} at once`),
    ...(target && { target }),
  }
  if (bareTimes.length === 0) return [ours]
  return [ours, rowOf(`${ready} bare processes`, bareTimes, 'no sandbox, logs or metering')]
}

function rowOf(by: string, times: readonly number[], note: string): BenchRow {
  return {
    name: `fan-out: ${INVOCATIONS} x ${HANDLER_MS} ms, ${by}`,
    value: median(times),
    unit: 'ms',
    ratio: median(times) / IDEAL_MS,
    floor: `ideal ${IDEAL_MS} ms`,
    note: `${note}; best ${Math.min(...times).toFixed(0)} ms`,
  }
}

/** Milliseconds for the same waits on fresh processes, each given its next one when it has answered. */
async function bareBurst(): Promise<number> {
  const processes = await Promise.all(Array.from({ length: INSTANCES_MAX }, () => startBareProcess(HANDLER_MS)))
  try {
    let left = INVOCATIONS
    const work = async (bare: BareProcess): Promise<void> => {
      while (left-- > 0) await bare.call()
    }
    return await timed(() => Promise.all(processes.map(work)))
  } finally {
    for (const bare of processes) bare.kill()
  }
}

async function coldRow(engine: Engine): Promise<BenchRow> {
  const ours: number[] = []
  const spawns: number[] = []
  for (let round = -2; round < COLD_ROUNDS; round++) {
    const version = versionOf(`cold-${round}`, AT_ONCE)
    await engine.stage(version)
    const coldMs = await timed(() => invoke(engine, version))
    engine.retire(version.id)
    const spawnMs = await timed(sandboxedSpawn)
    if (round >= 0) ours.push(coldMs)
    if (round >= 0) spawns.push(spawnMs)
  }
  return {
    name: 'fan-out: first invocation, no ready cell, p50',
    value: median(ours),
    unit: 'ms',
    ratio: median(ours) / median(spawns),
    floor: `sandboxed node ${median(spawns).toFixed(1)} ms`,
    target: '<= 1.5',
  }
}

const execute = promisify(execFile)

const SANDBOX = (
  '--unshare-all --die-with-parent --new-session --clearenv --tmpfs /tmp --proc /proc --dev /dev ' +
  '--ro-bind /usr /usr --ro-bind /lib /lib --ro-bind-try /lib64 /lib64'
).split(' ')

/** The namespaces and mounts that a cell has, and nothing of ours. */
async function sandboxedSpawn(): Promise<void> {
  const node = ['--ro-bind', process.execPath, '/node', '/node', '-e', 'process.stdout.write("ready")']
  const { stdout } = await execute('bwrap', SANDBOX.concat(node))
  if (stdout !== 'ready') throw new Error('the sandboxed process did not start')
}

async function invoke(engine: Engine, version: FunctionVersion): Promise<void> {
  const outcome = await engine.invoke(version, { id: 'bench', payload: Buffer.from('{}'), context: {} })
  if (outcome.kind !== 'result') throw new Error(`the invocation ended as ${outcome.kind}`)
}

function versionOf(id: string, handler: string): FunctionVersion {
  return {
    id,
    account: '000000000000',
    runtime: 'node',
    handler: 'index.handler',
    code: {
      id: (handler === WAITING ? 'f' : 'e').repeat(64),
      size: handler.length,
      unpack: async (target) => writeFileSync(join(target, 'index.js'), handler),
    },
    environment: {},
    memoryMb: 128,
    timeoutMs: 30_000,
    ephemeralMb: 512,
    quota: () => ({ id, instancesMax: INSTANCES_MAX }),
    credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    output: () => {},
  }
}

async function filled(engine: Engine, ready: number): Promise<void> {
  const endMs = performance.now() + READY_WAIT_MS_MAX
  while (engine.status().readyCells < ready) {
    if (performance.now() > endMs) throw new Error(`${engine.status().readyCells} of ${ready} cells are ready`)
    await pause(10)
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet }
