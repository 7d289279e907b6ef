// What the service does from time to time: counts of tables to the Store, expired items, old history.
import type { DynamoDeps } from './deps.ts'
import { sweepHistory } from './history-sweep.ts'
import { SIZES_FLUSH_MS } from './limits.ts'
import { sweepExpired } from './ttl-sweep.ts'

/** Until the signal. */
export async function doUpkeep(deps: DynamoDeps, signal: AbortSignal): Promise<void> {
  deps.jobs.wake()
  await deps.sizes.recover(deps.tables.all(), signal)
  await Promise.all([sweepExpired(deps, signal), sweepHistory(deps, signal), flushSizes(deps, signal)])
}

async function flushSizes({ sizes, clock, log }: DynamoDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(SIZES_FLUSH_MS, signal)
    try {
      if (!signal.aborted) await sizes.flush()
    } catch (error) {
      if (!signal.aborted) log.error('storing the sizes of tables failed', { error })
    }
  }
}
