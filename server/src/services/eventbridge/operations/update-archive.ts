// UpdateArchive: replaces the settings of an archive that are given; the others stay.
import { transact } from '#storage/transact.ts'
import { archiveKey, archives, requireArchive } from '../archive.ts'
import { checkArchiveSettings, shownArchiveState } from '../archive-settings.ts'
import { archiveArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'

export const updateArchive: EventBridgeOperation<'UpdateArchive'> = async (
  { store, views },
  input,
  { account, region },
) => {
  new Constraints().archiveName('archiveName', input.ArchiveName).check()
  checkArchiveSettings(input)
  const changed = await transact(store, async (transaction) => {
    const archive = await requireArchive(transaction, { account, region, name: input.ArchiveName ?? '' })
    const next = {
      ...archive,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
      ...(input.RetentionDays !== undefined && { retentionDays: input.RetentionDays }),
      ...(input.KmsKeyIdentifier !== undefined && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
    }
    await archives.set(transaction, archiveKey(archive), next)
    return next
  })
  views.forgetAll()
  return { ArchiveArn: archiveArn(changed), ...shownArchiveState(changed) }
}
