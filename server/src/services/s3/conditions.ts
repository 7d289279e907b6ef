// Preconditions of reads, copies and writes. Order of evaluation: RFC 9110 section 13.2.2, with S3's documented pairs
// (API reference, GetObject, "If both of the If-Match and If-Unmodified-Since headers are present ...").
import type { AwsError } from '#protocol/errors.ts'
import { etagListed, quoteEtag } from './etag.ts'
import { notImplementedHeader, s3Error } from './errors.ts'

export interface ReadConditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: Date | undefined
  readonly ifUnmodifiedSince: Date | undefined
}

export interface Validators {
  readonly etag: string
  /** Whole seconds. */
  readonly modifiedMs: number
}

/** The first condition that does not hold, by header name; undefined when all do. */
function failedRead(conditions: ReadConditions, { etag, modifiedMs }: Validators, nowMs: number): string | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) {
    if (!etagListed(ifMatch, etag)) return 'If-Match'
  } else if (ifUnmodifiedSince && modifiedMs > ifUnmodifiedSince.getTime()) return 'If-Unmodified-Since'
  if (ifNoneMatch !== undefined) {
    if (etagListed(ifNoneMatch, etag)) return 'If-None-Match'
    // A date in the future is no valid condition.
  } else if (ifModifiedSince && ifModifiedSince.getTime() <= nowMs && modifiedMs <= ifModifiedSince.getTime())
    return 'If-Modified-Since'
  return undefined
}

/** GetObject and HeadObject: throws PreconditionFailed (412) or NotModified (304). */
export function checkRead(conditions: ReadConditions, validators: Validators, nowMs: number): void {
  const failed = failedRead(conditions, validators, nowMs)
  if (failed === undefined) return
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed)
  throw s3Error('NotModified', {
    headers: {
      etag: quoteEtag(validators.etag),
      'last-modified': new Date(validators.modifiedMs).toUTCString(),
    },
  })
}

/** The source of a copy: whatever fails is PreconditionFailed. */
export function checkCopySource(conditions: ReadConditions, validators: Validators, nowMs: number): void {
  const failed = failedRead(conditions, validators, nowMs)
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`)
}

export interface WriteConditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** Does a write depend on what is there? */
export function isConditional({ ifMatch, ifNoneMatch }: WriteConditions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined
}

/** Refuses what S3 does not know: If-None-Match takes only `*`, and the two exclude each other. */
export function checkWriteConditions({ ifMatch, ifNoneMatch }: WriteConditions): void {
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw notImplementedHeader('If-None-Match')
  if (ifNoneMatch !== undefined && ifMatch !== undefined) throw notImplementedHeader('If-Match,If-None-Match')
}

/** Conditional writes and deletes, against what is there now. Throws NoSuchKey or PreconditionFailed. */
export function checkWrite(
  conditions: WriteConditions,
  key: string,
  existing: Pick<Validators, 'etag'> | undefined,
): void {
  if (conditions.ifNoneMatch !== undefined && existing) throw preconditionFailed('If-None-Match')
  if (conditions.ifMatch === undefined) return
  if (!existing) throw s3Error('NoSuchKey', { fields: { Key: key } })
  if (!etagListed(conditions.ifMatch, existing.etag)) throw preconditionFailed('If-Match')
}

/** Conditions of DeleteObject and of each key of DeleteObjects. Source: API page of DeleteObject, `x-amz-if-match-*`. */
export interface DeleteConditions {
  readonly ifMatch: string | undefined
  readonly ifMatchSize: number | undefined
  readonly ifMatchModified: Date | undefined
}

/** Conditional deletions, against what would be deleted. Throws NoSuchKey or PreconditionFailed. */
export function checkDelete(
  { ifMatch, ifMatchSize, ifMatchModified }: DeleteConditions,
  key: string,
  existing: (Validators & { readonly size: number }) | undefined,
): void {
  checkWrite({ ifMatch, ifNoneMatch: undefined }, key, existing)
  if (ifMatchSize === undefined && ifMatchModified === undefined) return
  if (!existing) throw s3Error('NoSuchKey', { fields: { Key: key } })
  if (ifMatchSize !== undefined && ifMatchSize !== existing.size) throw preconditionFailed('x-amz-if-match-size')
  if (ifMatchModified && ifMatchModified.getTime() !== existing.modifiedMs)
    throw preconditionFailed('x-amz-if-match-last-modified-time')
}

function preconditionFailed(condition: string): AwsError {
  return s3Error('PreconditionFailed', { fields: { Condition: condition } })
}
