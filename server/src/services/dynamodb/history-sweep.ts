// Forgets history that lies further back than a table can be restored to.
import type { DynamoDeps } from './deps.ts'
import { decodePast, historyLog } from './history-record.ts'
import { HISTORY_SWEEP_MS } from './limits.ts'
import { eachBatch } from './jobs/each-entry.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Sweeps until the signal. */
export async function sweepHistory(deps: DynamoDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { history } of deps.tables.all())
        if (history !== undefined) await trim(deps, history.space, deps.clock.nowMs() - history.days * DAY_MS, signal)
    } catch (error) {
      if (!signal.aborted) deps.log.error('trimming the history of tables failed', { error })
    }
    await deps.clock.sleep(HISTORY_SWEEP_MS, signal)
  }
}

async function trim(deps: DynamoDeps, space: string, beforeMs: number, signal: AbortSignal): Promise<void> {
  for await (const entries of eachBatch(deps, { prefix: historyLog(space) }, signal)) {
    const old = entries.filter(({ value }) => decodePast(value).atMs < beforeMs)
    if (old.length > 0) await deps.store.commit({ deletes: old.map(({ key }) => key) })
    if (old.length < entries.length) return
  }
}
