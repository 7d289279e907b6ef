// Archived objects: storage classes whose objects must be restored before they are read. Here a restore copies nothing: it
// is a state of the record that begins `ongoing`, and lasts for the days that were asked for. Source: API page of
// RestoreObject; S3 user guide, "Working with restored objects".
import { s3Error } from './errors.ts'
import { RESTORE_DAYS_MAX, RESTORE_MS } from './limits.ts'
import type { ObjectRecord, Restore } from './object-record.ts'

const DAY_MS = 86_400_000
const ARCHIVED: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** Is it in a class that is not read directly? */
export function isArchived({ storageClass }: Pick<ObjectRecord, 'storageClass'>): boolean {
  return ARCHIVED.has(storageClass)
}

type RestoreState = 'none' | 'ongoing' | 'restored'

/** What is left of the last restore. */
export function restoreState({ restore }: ObjectRecord, nowMs: number): RestoreState {
  if (!restore || restore.expiresMs <= nowMs) return 'none'
  return restore.readyMs > nowMs ? 'ongoing' : 'restored'
}

/** Throws InvalidObjectState when the bytes are in the archive only. */
export function checkReadable(record: ObjectRecord, nowMs: number): void {
  if (!isArchived(record) || restoreState(record, nowMs) === 'restored') return
  throw s3Error('InvalidObjectState', { fields: { StorageClass: record.storageClass } })
}

/** The x-amz-restore header; undefined when there is nothing to tell. */
export function restoreHeader(record: ObjectRecord, nowMs: number): string | undefined {
  const state = restoreState(record, nowMs)
  if (!record.restore || state === 'none') return undefined
  if (state === 'ongoing') return 'ongoing-request="true"'
  return `ongoing-request="false", expiry-date="${new Date(record.restore.expiresMs).toUTCString()}"`
}

/** The same in a listing. */
export function restoreStatus(
  record: ObjectRecord,
  nowMs: number,
): { readonly IsRestoreInProgress: boolean; readonly RestoreExpiryDate?: Date } | undefined {
  const state = restoreState(record, nowMs)
  if (!record.restore || state === 'none') return undefined
  if (state === 'ongoing') return { IsRestoreInProgress: true }
  return { IsRestoreInProgress: false, RestoreExpiryDate: new Date(record.restore.expiresMs) }
}

export interface RestoreWish {
  readonly days: number
  readonly tier: string | undefined
}

/**
 * A new restore, or one with another end for what is restored already. Throws InvalidObjectState for what is not archived,
 * RestoreAlreadyInProgress, InvalidArgument.
 */
export function beginRestore(record: ObjectRecord, { days, tier = 'Standard' }: RestoreWish, nowMs: number): Restore {
  if (!isArchived(record))
    throw s3Error('InvalidObjectState', {
      message: "Restore is not allowed for the object's current storage class",
      fields: { StorageClass: record.storageClass },
    })
  if (!Number.isInteger(days) || days < 1 || days > RESTORE_DAYS_MAX)
    throw s3Error('InvalidArgument', { message: 'Restoration days should be at least 1' })
  const delayMs = RESTORE_MS[tier]
  if (delayMs === undefined) throw s3Error('MalformedXML')
  // DEEP_ARCHIVE knows no Expedited tier.
  if (tier === 'Expedited' && record.storageClass === 'DEEP_ARCHIVE')
    throw s3Error('InvalidArgument', { message: 'Retrieval option is not supported by this storage class' })
  const state = restoreState(record, nowMs)
  if (state === 'ongoing') throw s3Error('RestoreAlreadyInProgress')
  const readyMs = state === 'restored' && record.restore ? record.restore.readyMs : nowMs + delayMs
  // The copy goes at the midnight (UTC) after its days.
  return { readyMs, expiresMs: Math.ceil((Math.max(readyMs, nowMs) + days * DAY_MS) / DAY_MS) * DAY_MS }
}
