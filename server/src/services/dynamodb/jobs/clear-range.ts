import type { DynamoDeps } from '../deps.ts'
import { eachBatch } from './each-entry.ts'

/** Deletes everything below a prefix that nothing refers to any more. */
export async function clearRange(
  deps: DynamoDeps,
  prefix: readonly (string | number)[],
  signal: AbortSignal,
): Promise<void> {
  for await (const entries of eachBatch(deps, { prefix }, signal))
    await deps.store.commit({ deletes: entries.map(({ key }) => key) })
}
