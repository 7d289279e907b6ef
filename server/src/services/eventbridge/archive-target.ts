// Keeps an event in an archive. Comes from a bus, in the lane of the archive.
import type { Target } from '#events/target.ts'
import { keepEvent } from './archive.ts'
import { readArn } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'
import { ARCHIVE_TARGET } from './event.ts'
import { OWN_RETRIES } from './retry.ts'

export interface ArchiveData {
  readonly archiveId: string
  /** The time in the event. */
  readonly eventMs: number
}

export function createArchiveTarget({ store }: EventBridgeDeps): Target {
  return {
    name: ARCHIVE_TARGET,
    retryPolicy: () => Promise.resolve(OWN_RETRIES),
    refusal: () => Promise.resolve('an archive gets events of its bus only'),
    async deliver(envelope, { arn }, payload) {
      const read = readArn(arn)
      // bus-target.ts made the envelope: its data is ArchiveData.
      const { archiveId, eventMs } = envelope.data as ArchiveData
      if (read?.kind === 'archive') {
        const event = { timeMs: eventMs, id: envelope.id, event: Buffer.from(payload) }
        await keepEvent(store, read.ref, archiveId, event)
      }
      return { kind: 'delivered' }
    },
  }
}
