// How many calls find no instance, against how long instances are kept for nothing: the engine's own policy over traces of
// calls, in virtual time. The traces are made from a seed, in the shapes that public reports of serverless clouds describe
// (Shahrad et al., "Serverless in the Wild", 2020): timers, steady but rare calls, bursts with long pauses, pauses of a heavy
// tail, days with nights. Beside it the fixed time, and an oracle that knows the next call and keeps an instance exactly when
// the pause is shorter than a cold start is worth.
import { KeepAlive, isKept } from '../server/src/engine/keep-alive.ts'
import type { KeepAliveMode } from '../server/src/engine/keep-alive.ts'
import { KEEP_ALIVE_MS } from '../server/src/engine/limits.ts'
import type { BenchRow } from './row.ts'

const SEED = 20_261_121
const FUNCTIONS_PER_SHAPE = 100
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const TRACE_MS = 14 * 24 * HOUR_MS
/** Of one function. */
const CALLS_MAX = 5_000

type Random = () => number

/** The pause before the next call, at that time of the trace. */
type Pauses = (nowMs: number) => number

const SHAPES: Readonly<Record<string, (random: Random) => Pauses>> = {
  timers(random) {
    const periodMs = pick(random, [1, 5, 10, 15, 20, 30, 60, 120, 180]) * MINUTE_MS
    const jitter = random() < 0.5 ? 0.001 : 0.02
    return () => periodMs * (1 + (random() - 0.5) * jitter)
  },
  'rare and steady'(random) {
    const meanMs = MINUTE_MS * 240 ** random()
    return () => exponential(random) * meanMs
  },
  bursts(random) {
    const insideMs = 1_000 * 30 ** random()
    const length = 5 + random() * 100
    const betweenMs = 10 * MINUTE_MS * 30 ** random()
    return () => (random() < 1 / length ? betweenMs * Math.exp(normal(random)) : exponential(random) * insideMs)
  },
  'heavy tail'(random) {
    const shape = 0.7 + random() * 0.6
    const leastMs = 5_000 * 20 ** random()
    return () => leastMs * (1 - random()) ** (-1 / shape)
  },
  'days and nights'(random) {
    const meanMs = MINUTE_MS * (0.5 + random() * 10)
    return (nowMs) => {
      const hour = (nowMs / HOUR_MS) % 24
      return exponential(random) * meanMs * (hour < 7 || hour > 20 ? 20 : 1)
    }
  },
}

interface Tally {
  calls: number
  cold: number
  /** Time in which an instance was kept and nobody called. */
  keptMs: number
  loads: number
}

/** Rows: for each shape and for all, what the learned policy gives beside the fixed time and the oracle. */
export function run(): Promise<readonly BenchRow[]> {
  const random = randomOf(SEED)
  const all = { learned: newTally(), fixed: newTally(), oracle: newTally() }
  const rows: BenchRow[] = []
  for (const [name, shape] of Object.entries(SHAPES)) {
    const seen = { learned: newTally(), fixed: newTally(), oracle: newTally() }
    for (let n = 0; n < FUNCTIONS_PER_SHAPE; n++) {
      const pausesMs = traceOf(shape(random))
      replay('learned', pausesMs, seen.learned)
      replay('fixed', pausesMs, seen.fixed)
      replayOracle(pausesMs, seen.oracle)
    }
    for (const policy of ['learned', 'fixed', 'oracle'] as const) add(all[policy], seen[policy])
    rows.push(...rowsOf(name, seen))
  }
  return Promise.resolve([...rows, ...rowsOf('all', all)])
}

function traceOf(pauses: Pauses): number[] {
  const trace: number[] = []
  for (let nowMs = 0; nowMs < TRACE_MS && trace.length < CALLS_MAX;) {
    const pauseMs = pauses(nowMs)
    trace.push(pauseMs)
    nowMs += pauseMs
  }
  return trace
}

/** The calls of one function, which take no time: the policy hears of each pause, and says when it would keep an instance. */
function replay(mode: KeepAliveMode, pausesMs: readonly number[], tally: Tally): void {
  const policy = new KeepAlive(mode, KEEP_ALIVE_MS)
  for (const pauseMs of pausesMs) {
    const windows = policy.windows('function')
    const { firstMs, again } = windows
    tally.calls++
    if (!isKept(windows, pauseMs)) tally.cold++
    tally.keptMs += Math.min(pauseMs, firstMs)
    if (again && pauseMs >= again.fromMs) {
      tally.loads++
      tally.keptMs += Math.min(pauseMs, again.untilMs) - again.fromMs
    }
    policy.called('function', pauseMs)
  }
}

function replayOracle(pausesMs: readonly number[], tally: Tally): void {
  for (const pauseMs of pausesMs) {
    tally.calls++
    if (pauseMs < KEEP_ALIVE_MS) tally.keptMs += pauseMs
    else tally.cold++
  }
}

function rowsOf(name: string, seen: Readonly<Record<KeepAliveMode | 'oracle', Tally>>): BenchRow[] {
  const { learned, fixed, oracle } = seen
  const share = ({ cold, calls }: Tally): number => (100 * cold) / calls
  const cost = ({ cold, keptMs }: Tally): number => keptMs + cold * KEEP_ALIVE_MS
  return [
    {
      name: `keep-alive, ${name}: cold calls`,
      value: share(learned),
      unit: '%',
      ratio: learned.cold / fixed.cold,
      floor: `fixed 10 min ${share(fixed).toFixed(2)} %`,
      target: '<= 1',
      note: `oracle ${share(oracle).toFixed(2)} %; ${learned.calls} calls, ${learned.loads} loads ahead`,
    },
    {
      name: `keep-alive, ${name}: kept for nothing`,
      value: learned.keptMs / HOUR_MS,
      unit: 'hours',
      ratio: learned.keptMs / fixed.keptMs,
      floor: `fixed 10 min ${(fixed.keptMs / HOUR_MS).toFixed(0)} hours`,
      target: '<= 1',
      note: `oracle ${(oracle.keptMs / HOUR_MS).toFixed(0)} hours; cost of both together: ${(cost(learned) / cost(fixed)).toFixed(2)} of fixed, ${(cost(learned) / cost(oracle)).toFixed(2)} of the oracle`,
    },
  ]
}

function newTally(): Tally {
  return { calls: 0, cold: 0, keptMs: 0, loads: 0 }
}

function add(sum: Tally, { calls, cold, keptMs, loads }: Tally): void {
  sum.calls += calls
  sum.cold += cold
  sum.keptMs += keptMs
  sum.loads += loads
}

function randomOf(seed: number): Random {
  let state = seed
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function pick(random: Random, values: readonly number[]): number {
  return values[Math.floor(random() * values.length)] ?? 0
}

function exponential(random: Random): number {
  return -Math.log(1 - random())
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
