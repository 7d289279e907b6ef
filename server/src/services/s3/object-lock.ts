// Object lock: versions that may not be deleted before their time. A retention in governance mode can be shortened by those
// who may bypass it; one in compliance mode by nobody; a legal hold stands until it is taken away. Source: S3 user guide,
// "Locking objects with Object Lock", and the API pages of PutObjectRetention and PutObject; messages as the service
// words them.
import type { AwsError } from '#protocol/errors.ts'
import type { BucketRecord } from './bucket.ts'
import { invalidArgument, s3Error } from './errors.ts'
import type { ObjectRecord, Retention } from './object-record.ts'

/** What a request asks for the version that it makes. */
export interface LockWish {
  readonly retention?: Retention
  readonly legalHold?: true
}

const DAY_MS = 86_400_000
const DAYS_OF_YEAR = 365

/** The members by which inputs ask for a lock. */
interface LockInput {
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
  readonly ObjectLockLegalHoldStatus?: string | undefined
}

/** What is believed to be locked until an event, and is not, would be worse than an error. */
export function eventHolds(): AwsError {
  return s3Error('NotImplemented', { message: 'Event holds are not implemented yet' })
}

/** Throws InvalidArgument for half a wish, an unknown mode, or a date that is past. */
export function readLockWish(input: LockInput, nowMs: number): LockWish {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input
  if ((mode === undefined) !== (until === undefined))
    throw invalidArgument(
      mode === undefined ? 'x-amz-object-lock-retain-until-date' : 'x-amz-object-lock-mode',
      mode ?? until?.toISOString(),
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  return {
    ...(mode !== undefined && until && { retention: readRetention(mode, until, nowMs) }),
    ...(readLegalHold(input.ObjectLockLegalHoldStatus) && { legalHold: true }),
  }
}

/** Throws InvalidArgument for an unknown mode or a date that is past. */
export function readRetention(mode: string, until: Date, nowMs: number): Retention {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE')
    throw invalidArgument('x-amz-object-lock-mode', mode, 'Unknown wormMode directive.')
  if (until.getTime() <= nowMs)
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
      'The retain until date must be in the future!',
    )
  return { mode, untilMs: until.getTime() }
}

/** True for ON. Throws InvalidArgument unless it is ON, OFF or nothing. */
export function readLegalHold(status: string | undefined): boolean {
  if (status === undefined || status === 'OFF') return false
  if (status === 'ON') return true
  throw invalidArgument('x-amz-object-lock-legal-hold', status, "Legal Hold must be either of 'ON' or 'OFF'")
}

/** True when the request asks for anything. */
export function isLockWish({ retention, legalHold }: LockWish): boolean {
  return retention !== undefined || legalHold === true
}

/** The lock of a new version: its wish, or the bucket's default. Throws InvalidRequest for a wish without object lock. */
export function initialHold(bucket: BucketRecord, wish: LockWish, nowMs: number): LockWish {
  if (!bucket.objectLock) {
    if (isLockWish(wish)) throw missingConfiguration()
    return wish
  }
  const usual = bucket.objectLock.retention
  if (wish.retention || !usual) return wish
  const days = usual.days ?? (usual.years ?? 0) * DAYS_OF_YEAR
  return { ...wish, retention: { mode: usual.mode, untilMs: nowMs + days * DAY_MS } }
}

/** Throws InvalidRequest unless object lock is on. */
export function requireObjectLock({ objectLock }: BucketRecord): void {
  if (!objectLock) throw missingConfiguration()
}

/** Throws AccessDenied when this version must not be deleted now. */
export function checkDeletable({ retention, legalHold }: ObjectRecord, nowMs: number, mayBypass: boolean): void {
  const retained = retention !== undefined && retention.untilMs > nowMs
  const released = retention?.mode === 'GOVERNANCE' && mayBypass
  if (legalHold === true || (retained && !released))
    throw s3Error('AccessDenied', { message: 'Access Denied because object protected by object lock.' })
}

/** Throws AccessDenied when the retention must not be changed to `wanted` (undefined: taken away). */
export function checkRetentionChange(
  now: Retention | undefined,
  wanted: Retention | undefined,
  nowMs: number,
  mayBypass: boolean,
): void {
  if (!now || now.untilMs <= nowMs) return
  const stricter = wanted !== undefined && wanted.untilMs >= now.untilMs
  if (stricter && (wanted.mode === now.mode || wanted.mode === 'COMPLIANCE')) return
  if (now.mode === 'GOVERNANCE' && mayBypass) return
  throw s3Error('AccessDenied', { message: 'Access Denied because object protected by object lock.' })
}

/** The members of GetObject's and HeadObject's output about the lock. */
export function lockOutput({ retention, legalHold }: ObjectRecord): {
  readonly ObjectLockMode: Retention['mode'] | undefined
  readonly ObjectLockRetainUntilDate: Date | undefined
  readonly ObjectLockLegalHoldStatus: 'ON' | undefined
} {
  return {
    ObjectLockMode: retention?.mode,
    ObjectLockRetainUntilDate: retention && new Date(retention.untilMs),
    ObjectLockLegalHoldStatus: legalHold === true ? 'ON' : undefined,
  }
}

function missingConfiguration(): Error {
  return s3Error('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' })
}
