// A start leaves some 7 MB of garbage, and V8 does not look for it while little else is asked for: an idle server would keep
// it for good. So it is collected once, when the server has nothing to do. Takes some 30 ms of this thread.
import { compact } from '@mayfly/runtime/node/compact.ts'
import type { Clock } from '#base/clock.ts'

const LOOK_EVERY_MS = 1_000
/** A thread that was busy for less of the time than this has nothing to do. */
const IDLE_UTILIZATION_MAX = 0.05
/** A server that is never idle collects without being asked. */
const LOOKS_MAX = 60

/** Resolves when it is done, was not to be done in a minute, or the signal came. */
export async function compactWhenIdle(clock: Clock, signal: AbortSignal): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const before = performance.eventLoopUtilization()
    await clock.sleep(LOOK_EVERY_MS, signal)
    if (signal.aborted) return
    if (performance.eventLoopUtilization(before).utilization < IDLE_UTILIZATION_MAX) return compact()
  }
}
