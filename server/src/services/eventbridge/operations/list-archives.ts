// ListArchives: in the order of their names.
import type { Reader } from '#storage/transact.ts'
import { type ArchiveRecord, archives, countsOf } from '../archive.ts'
import { shownArchiveState } from '../archive-settings.ts'
import { busArn } from '../arn.ts'
import { listFilter } from '../list-filter.ts'
import type { EventBridgeOperation } from '../model.ts'
import { pageOf } from '../page.ts'

const STATES = ['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED']

export const listArchives: EventBridgeOperation<'ListArchives'> = async ({ store }, input, { account, region }) => {
  const isShown = listFilter('ListArchives', input, STATES)
  const arnOf = (bus: string): string => busArn({ account, region, name: bus })
  const { items, NextToken } = await pageOf(store, archives, {
    prefix: [account, region],
    limit: input.Limit,
    token: input.NextToken,
    // Archives of the other states are not there (yet, or any more).
    keep: ({ name, bus }) => isShown({ name, sourceArn: arnOf(bus), state: 'ENABLED' }),
  })
  return {
    Archives: await Promise.all(items.map((archive) => shownArchive(store, archive))),
    NextToken,
  }
}

async function shownArchive(reader: Reader, archive: ArchiveRecord) {
  const { account, region, name, bus, retentionDays } = archive
  const { events, bytes } = await countsOf(reader, archive)
  return {
    ArchiveName: name,
    EventSourceArn: busArn({ account, region, name: bus }),
    RetentionDays: retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    ...shownArchiveState(archive),
  }
}
