// The source of CopyObject and UploadPartCopy: x-amz-copy-source and its conditions.
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { BucketCaller } from './bucket.ts'
import { checkCopySource, type ReadConditions } from './conditions.ts'
import type { S3Deps } from './deps.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { findObject, type FoundObject } from './object-read.ts'
import { checkReadable } from './restore.ts'
import { checkVersionId } from './version-id.ts'

export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly versionId: string | undefined
}

/**
 * Reads `bucket/key` or `/bucket/key`, percent-encoded, perhaps with `?versionId=…`. Throws InvalidArgument, and
 * NotImplemented for access points.
 */
export function parseCopySource(header: string): CopySource {
  if (header.startsWith('arn:'))
    throw s3Error('NotImplemented', { message: 'Copying through an access point is not implemented yet' })
  const question = header.indexOf('?versionId=')
  const path = question < 0 ? header : header.slice(0, question)
  const versionId = question < 0 ? undefined : header.slice(question + '?versionId='.length)
  checkVersionId(versionId)
  const decoded = decode(path, header).replace(/^\//, '')
  const slash = decoded.indexOf('/')
  if (slash <= 0 || slash === decoded.length - 1) throw invalidSource(header)
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId }
}

function decode(path: string, header: string): string {
  // Clients send text beyond ASCII encoded; what is not, was UTF-8 read as latin1.
  const text = /[\u0080-\u00ff]/.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidSource(header)
  }
}

function invalidSource(header: string): Error {
  return invalidArgument(
    'x-amz-copy-source',
    header,
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
  )
}

export interface CopyConditions {
  readonly caller: BucketCaller
  readonly conditions: ReadConditions
}

/** The copy-source conditions of a request, and who asks. */
export function copyConditions(
  context: RequestContext,
  input: {
    readonly CopySourceIfMatch?: string | undefined
    readonly CopySourceIfNoneMatch?: string | undefined
    readonly CopySourceIfModifiedSince?: Date | undefined
    readonly CopySourceIfUnmodifiedSince?: Date | undefined
    readonly ExpectedSourceBucketOwner?: string | undefined
  },
): CopyConditions {
  return {
    caller: { account: context.account, expectedOwner: input.ExpectedSourceBucketOwner },
    conditions: {
      ifMatch: input.CopySourceIfMatch,
      ifNoneMatch: input.CopySourceIfNoneMatch,
      ifModifiedSince: input.CopySourceIfModifiedSince,
      ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
  }
}

/** The source object, if the conditions hold. Throws as findObject, PreconditionFailed, and InvalidObjectState. */
export async function findCopySource(
  deps: S3Deps,
  source: CopySource,
  { caller, conditions }: CopyConditions,
): Promise<FoundObject> {
  const nowMs = deps.clock.nowMs()
  const found = await findObject(deps, { ...source, caller }, true).catch((error: unknown) => {
    throw isOnMarker(error) ? refersToMarker() : error
  })
  checkCopySource(conditions, found.record, nowMs)
  checkReadable(found.record, nowMs)
  return found
}

function isOnMarker(error: unknown): boolean {
  return error instanceof AwsError && error.code === 'MethodNotAllowed'
}

function refersToMarker(): Error {
  return s3Error('InvalidRequest', {
    message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
  })
}
