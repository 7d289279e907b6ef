// All entries of a range, a batch at a time, with a pause in between so that requests go first.
import type { Entry, Key, Range } from '#storage/store.ts'
import type { DynamoDeps } from '../deps.ts'
import { JOB_BATCH_ITEMS, JOB_PAUSE_MS } from '../limits.ts'

/** Batches in key order until the end or the signal. */
export async function* eachBatch(
  { store, clock }: Pick<DynamoDeps, 'store' | 'clock'>,
  range: Range,
  signal: AbortSignal,
  reverse = false,
): AsyncGenerator<readonly Entry[]> {
  for (let position: Key | undefined; !signal.aborted;) {
    const rest =
      position === undefined ? range : { ...range, ...(reverse ? { before: position } : { after: position }) }
    const entries = await store.list(rest, { limit: JOB_BATCH_ITEMS, reverse })
    if (entries.length > 0) yield entries
    if (entries.length < JOB_BATCH_ITEMS) return
    position = entries.at(-1)?.key
    await clock.sleep(JOB_PAUSE_MS, signal)
  }
}
