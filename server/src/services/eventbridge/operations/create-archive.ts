// CreateArchive: keeps events of a bus from now on, all of them or those that match a pattern.
import { newRequestId } from '#base/ids.ts'
import { transact } from '#storage/transact.ts'
import { archiveKey, type ArchiveRecord, archives } from '../archive.ts'
import { checkArchiveSettings, shownArchiveState } from '../archive-settings.ts'
import { archiveArn, readBusArn } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { alreadyExists, invalidParameter, limitExceeded } from '../errors.ts'
import { ARCHIVES_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'

export const createArchive: EventBridgeOperation<'CreateArchive'> = async ({ store, clock, views }, input, context) => {
  new Constraints().archiveName('archiveName', input.ArchiveName).arn('eventSourceArn', input.EventSourceArn).check()
  checkArchiveSettings(input)
  const { account, region } = context
  const source = readBusArn(input.EventSourceArn ?? '')
  if (source === undefined) throw invalidParameter('EventSourceArn', 'Must contain an event bus ARN.')
  if (source.account !== account || source.region !== region)
    throw invalidParameter('EventSourceArn', 'Cross-account or cross-region archives are not possible.')
  const archive: ArchiveRecord = {
    account,
    region,
    name: input.ArchiveName ?? '',
    id: newRequestId(),
    bus: source.name,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
    ...(input.KmsKeyIdentifier !== undefined && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
    retentionDays: input.RetentionDays ?? 0,
    createdMs: clock.nowMs(),
  }
  await transact(store, async (transaction) => {
    await requireBus(transaction, source.name, context)
    if ((await archives.get(transaction, archiveKey(archive))) !== undefined)
      throw alreadyExists(`Archive ${archive.name}`)
    const all = await archives.list(transaction, { prefix: [account, region] }, { limit: ARCHIVES_MAX })
    if (all.length >= ARCHIVES_MAX) throw limitExceeded()
    await archives.set(transaction, archiveKey(archive), archive)
  })
  views.forgetAll()
  return { ArchiveArn: archiveArn(archive), ...shownArchiveState(archive) }
}
