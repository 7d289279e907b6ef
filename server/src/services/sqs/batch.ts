// What all batch operations share: the rules for a batch as a whole, and that each entry succeeds or fails by itself.
import { AwsError } from '#protocol/errors.ts'
import { emptyBatch, entryIdsNotDistinct, invalidBatchEntryId, tooManyEntries } from './errors.ts'
import { BATCH_ENTRIES_MAX, BATCH_ENTRY_ID_CHARS_MAX } from './limits.ts'

interface Entry {
  readonly Id: string
}

export interface FailedEntry {
  readonly Id: string
  readonly SenderFault: boolean
  readonly Code: string
  readonly Message: string
}

const ENTRY_ID = /^[A-Za-z0-9_-]+$/

/** Throws unless the batch has 1 to 10 entries with distinct, valid ids. `entryName` is the entry's type. */
export function demandBatch(entries: readonly Entry[], entryName: string): void {
  if (entries.length === 0) throw emptyBatch(entryName)
  if (entries.length > BATCH_ENTRIES_MAX) throw tooManyEntries(entries.length)
  const seen = new Set<string>()
  for (const { Id: id } of entries) {
    if (id.length > BATCH_ENTRY_ID_CHARS_MAX || !ENTRY_ID.test(id)) throw invalidBatchEntryId()
    if (seen.has(id)) throw entryIdsNotDistinct(id)
    seen.add(id)
  }
}

/** Runs `work` for each entry: what it throws as AwsError fails that entry alone. */
export function eachEntry<E extends Entry, R>(
  entries: readonly E[],
  work: (entry: E) => R,
): { readonly done: readonly (readonly [E, R])[]; readonly failed: readonly FailedEntry[] } {
  const done: [E, R][] = []
  const failed: FailedEntry[] = []
  for (const entry of entries) {
    try {
      done.push([entry, work(entry)])
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      failed.push({ Id: entry.Id, SenderFault: true, Code: codeOf(error), Message: error.message })
    }
  }
  return { done, failed }
}

/** Within an answer codes are those of the query protocol. */
function codeOf({ code }: AwsError): string {
  return code === 'MessageNotInflight' ? 'AWS.SimpleQueueService.MessageNotInflight' : code
}
