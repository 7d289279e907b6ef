// DescribeArchive: an archive with how much it holds.
import { countsOf, requireArchive } from '../archive.ts'
import { shownArchiveState } from '../archive-settings.ts'
import { archiveArn, busArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'

export const describeArchive: EventBridgeOperation<'DescribeArchive'> = async ({ store }, input, context) => {
  new Constraints().archiveName('archiveName', input.ArchiveName).check()
  const { account, region } = context
  const archive = await requireArchive(store, { account, region, name: input.ArchiveName ?? '' })
  const { events, bytes } = await countsOf(store, archive)
  return {
    ArchiveArn: archiveArn(archive),
    ArchiveName: archive.name,
    EventSourceArn: busArn({ account, region, name: archive.bus }),
    Description: archive.description,
    EventPattern: archive.pattern,
    KmsKeyIdentifier: archive.kmsKeyIdentifier,
    RetentionDays: archive.retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    ...shownArchiveState(archive),
  }
}
