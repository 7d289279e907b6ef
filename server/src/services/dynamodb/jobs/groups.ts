import type { Entry } from '#storage/store.ts'
import { JOB_COMMIT_BYTES } from '../limits.ts'

/** Runs of entries whose values are small enough for one commit. */
export function* groupsOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let group: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (group.length > 0 && bytes + entry.value.length > JOB_COMMIT_BYTES) {
      yield group
      group = []
      bytes = 0
    }
    group.push(entry)
    bytes += entry.value.length
  }
  if (group.length > 0) yield group
}
