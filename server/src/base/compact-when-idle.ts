// A start leaves some 7 MB of garbage in a thread, and V8 does not look for it while little else is asked for: an idle
// server would keep it for good. So it is collected once, when there is nothing to do. Takes a thread some 30 ms.
import type { Clock } from './clock.ts'
import { compact } from './compact.ts'

const LOOK_EVERY_MS = 1_000
/** A thread that was busy for less of the time than this has nothing to do. */
const IDLE_UTILIZATION_MAX = 0.05
/** A thread that is never idle collects without being asked. */
const LOOKS_MAX = 60

/** Compacts this thread's memory once. Keeps no process alive. */
export function compactWhenIdle(clock: Clock, looksLeft = LOOKS_MAX): void {
  const before = performance.eventLoopUtilization()
  clock.after(LOOK_EVERY_MS, () => {
    if (performance.eventLoopUtilization(before).utilization < IDLE_UTILIZATION_MAX && compacted()) return
    if (looksLeft > 1) compactWhenIdle(clock, looksLeft - 1)
  })
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
