// Deletes bytes that nothing refers to: what a crash left between the bytes and their commit.
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { BlobId, Blobs } from '#storage/blobs.ts'

/** A blob that nothing refers to is deleted after this time: longer than any upload takes between bytes and commit. */
const BLOB_GRACE_MS = 24 * 60 * 60 * 1000
/** Not at once: whoever started the server wants answers first. */
const FIRST_AFTER_MS = 1000
const INTERVAL_MS = 60 * 60 * 1000

export interface SweeperOptions {
  readonly blobs: Blobs
  readonly clock: Clock
  readonly log: Log
  /** Ends the sweeping; a sweep under way keeps what it has not asked about. */
  readonly signal: AbortSignal
  readonly isReferenced: (id: BlobId) => Promise<boolean>
}

/** Sweeps every hour until the signal. */
export async function sweepBlobs({ blobs, clock, log, signal, isReferenced }: SweeperOptions): Promise<void> {
  await clock.sleep(FIRST_AFTER_MS, signal)
  while (!signal.aborted) {
    try {
      const swept = await blobs.sweep(async (id) => signal.aborted || (await isReferenced(id)), BLOB_GRACE_MS)
      if (swept > 0) log.info('swept blobs', { swept })
    } catch (error) {
      if (!signal.aborted) log.error('sweeping blobs failed', { error })
    }
    await clock.sleep(INTERVAL_MS, signal)
  }
}
