// DeleteArchive: the archive is gone at once; its events are removed in the background.
import { transact } from '#storage/transact.ts'
import { archiveKey, archives, droppedArchives, requireArchive } from '../archive.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'

export const deleteArchive: EventBridgeOperation<'DeleteArchive'> = async (
  { store, clock, views },
  input,
  { account, region },
) => {
  new Constraints().archiveName('archiveName', input.ArchiveName).check()
  await transact(store, async (transaction) => {
    const archive = await requireArchive(transaction, { account, region, name: input.ArchiveName ?? '' })
    await archives.delete(transaction, archiveKey(archive))
    await droppedArchives.set(transaction, [archive.id], { droppedMs: clock.nowMs() })
  })
  views.forgetAll()
  return {}
}
