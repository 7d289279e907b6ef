// When a thread gives back memory. A start leaves some 7 MB of garbage that V8 does not look for while little else is asked
// for; work leaves up to 200 MB of room for young objects.
//
//   started --an idle second--> compact --work--> worked --a long rest--> compact
//
// Not sooner: whoever gives back all that can be given back loses compiled code, too, namely all that knows the form of
// objects of which there is none just then (of requests, of calls). A server that rested for ten seconds would answer half
// as fast for the next ten thousand requests. V8 would do the same by itself after eight seconds, and is told not to.
import { setFlagsFromString } from 'node:v8'
import type { Clock } from './clock.ts'
import { compact } from './compact.ts'

const LOOK_EVERY_MS = { started: 1_000, later: 60_000 } as const
/** A thread that was busy for less of the time than this rests; later, that is some calls in a second. */
const IDLE_UTILIZATION_MAX = { started: 0.05, later: 0.01 } as const
/** Whoever worked for longer has compiled code to lose. */
const WORKED_MS_MIN = 1_000
/** About as long as the instances of an idle function are kept. */
const REST_LOOKS = 5

type Phase = 'started' | 'compact' | 'worked'

/** V8 begins its first collection at rest eight seconds after another one. */
const REDUCER_BEGINS_S = 8
/**
 * By how much of what is alive memory may grow until all garbage is looked for. V8 by itself looks for it again and again
 * where that takes no more than three hundredths of a thread's time; with its helpers, on few cores, it is a twentieth of all.
 */
const GROWTH_PERCENT = 100

/**
 * V8 is to collect for work's sake only, and not more often than work makes it necessary, in all threads of the process. For
 * its beginning: V8 does not expect a count below that of collections at rest which it has begun already, so after some
 * seconds that part is left as it is.
 */
export function collectForWork(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
  if (process.uptime() < REDUCER_BEGINS_S / 2) setFlagsFromString('--memory-reducer-gc-count=0')
}

type Utilization = ReturnType<typeof performance.eventLoopUtilization>

/**
 * Compacts this thread's memory after its start and after each long rest from work. Keeps no process alive. `measure`: how
 * busy the thread was, since `before` if that is given.
 */
export function compactAtRest(
  clock: Clock,
  measure: (before?: Utilization) => Utilization = (before) => performance.eventLoopUtilization(before),
): void {
  let phase: Phase = 'started'
  let workedMs = 0
  let idleLooks = 0
  const lookAgain = (): void => {
    const before = measure()
    const age = phase === 'started' ? 'started' : 'later'
    clock.after(LOOK_EVERY_MS[age], () => {
      const { utilization, active } = measure(before)
      const isIdle = utilization < IDLE_UTILIZATION_MAX[age]
      idleLooks = isIdle ? idleLooks + 1 : 0
      // What a server does by itself while nobody calls is no work.
      if (!isIdle) workedMs += active
      if (workedMs >= WORKED_MS_MIN) phase = 'worked'
      const rests = idleLooks >= (phase === 'started' ? 1 : REST_LOOKS)
      if (rests && phase !== 'compact' && compacted()) {
        phase = 'compact'
        workedMs = 0
      }
      lookAgain()
    })
  }
  lookAgain()
}

/** The flag that it takes is one for all threads: another one may take it back in between. */
function compacted(): boolean {
  try {
    compact()
    return true
  } catch {
    return false
  }
}
