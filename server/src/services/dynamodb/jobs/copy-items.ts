// Copies of a table's items: as they are, or as they were at a moment.
import type { Key } from '#storage/store.ts'
import type { DynamoDeps } from '../deps.ts'
import { decodePast, historyLog } from '../history-record.ts'
import { itemKey } from '../item-keys.ts'
import { StoredItem, storeItem } from '../stored-item.ts'
import { SPACE_PREFIX, type KeyNames } from '../table-record.ts'
import type { Size } from '../table-sizes.ts'
import { eachBatch } from './each-entry.ts'
import { groupsOf } from './groups.ts'

export interface CopySource {
  readonly space: string
  /** Undo what happened after a moment. */
  readonly undo?: { readonly history: string; readonly atMs: number }
}

/**
 * Fills an empty space with the items of another. Items that change meanwhile may be copied before or after the change,
 * unless the source says to undo what is later than a moment: then every item is as it was at that moment.
 */
export async function copyItems(
  deps: DynamoDeps,
  source: CopySource,
  to: { readonly space: string; readonly key: KeyNames },
  signal: AbortSignal,
): Promise<void> {
  for await (const entries of eachBatch(deps, { prefix: [SPACE_PREFIX, source.space] }, signal))
    for (const group of groupsOf(entries))
      await deps.store.commit({
        sets: group.map(({ key, value }) => ({ key: inSpace(key, to.space), value })),
      })
  if (source.undo !== undefined) await undo(deps, source.undo, to, signal)
}

function inSpace([prefix = SPACE_PREFIX, , ...rest]: Key, space: string): Key {
  return [prefix, space, ...rest]
}

/** Backwards through the history: what stands at the end is what the first change after the moment found. */
async function undo(
  deps: DynamoDeps,
  { history, atMs }: { readonly history: string; readonly atMs: number },
  to: { readonly space: string; readonly key: KeyNames },
  signal: AbortSignal,
): Promise<void> {
  for await (const entries of eachBatch(deps, { prefix: historyLog(history) }, signal, true))
    for (const { value } of entries) {
      const past = decodePast(value)
      // Clocks of nodes differ a little, so an older record may follow a younger one.
      if (past.atMs <= atMs - CLOCK_SKEW_MS) return
      if (past.atMs <= atMs) continue
      const key = itemKey(to, past.key)
      await deps.store.commit(
        past.before === undefined ? { deletes: [key] } : { sets: [{ key, value: storeItem(past.before) }] },
      )
    }
}

const CLOCK_SKEW_MS = 5000

/** Items and bytes of a space. */
export async function countSpace(deps: DynamoDeps, space: string, signal: AbortSignal): Promise<Size> {
  let items = 0
  let bytes = 0
  for await (const entries of eachBatch(deps, { prefix: [SPACE_PREFIX, space] }, signal)) {
    items += entries.length
    for (const { value } of entries) bytes += new StoredItem(value).sizeBytes
  }
  return { items, bytes }
}
