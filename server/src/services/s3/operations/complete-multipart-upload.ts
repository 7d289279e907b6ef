import type { RequestContext } from '#protocol/operation.ts'
import { originOf } from '#protocol/origin.ts'
import type { Stored } from '#storage/collection.ts'
import { callerOf, type BucketCaller } from '../bucket.ts'
import { checksumMembers } from '../checksum.ts'
import { completeParts } from '../completion.ts'
import { checkWriteConditions } from '../conditions.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import { s3Error } from '../errors.ts'
import { quoteEtag } from '../etag.ts'
import { expirationMember } from '../expiration.ts'
import { PAGE_MAX } from '../limits.ts'
import type { ObjectMetadata } from '../metadata.ts'
import { noSuchUpload, type PartRecord, parts, type UploadRecord, uploads } from '../multipart-record.ts'
import { keyBytes, manifests } from '../object-record.ts'
import { peekObject, versionHeader } from '../object-read.ts'
import { writeObject, type WrittenObject } from '../object-write.ts'
import { trashParts } from '../trash.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { findUpload, type UploadAddress } from '../upload-part.ts'

/** CompleteMultipartUpload: one commit turns the parts into the object; no bytes move. */
export async function completeMultipartUpload(
  deps: S3Deps,
  input: S3Input<'CompleteMultipartUpload'>,
  context: RequestContext,
): Promise<S3Output<'CompleteMultipartUpload'>> {
  refuseUnsupported(input)
  const key = keyBytes(input.Key)
  const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch }
  checkWriteConditions(conditions)
  const listed = input.MultipartUpload?.Parts
  if (!listed || listed.length === 0) throw s3Error('MalformedXML')
  const caller = callerOf(context, input)
  const address = { bucket: input.Bucket, key, uploadId: input.UploadId, caller }
  const done = await alreadyCompleted(deps, address)
  if (done)
    return { ...outputOf(input, context, done), ...(await expirationMember(deps, done.bucket, input.Key, done.record)) }

  const upload = await findUpload(deps, address)
  const written = await complete(deps, input, context, { address, upload, caller })
  deps.trash.wake()
  const expiration = await expirationMember(deps, written.bucket, input.Key, written.record)
  return { ...outputOf(input, context, written), ...expiration }
}

interface Found {
  readonly address: UploadAddress
  readonly upload: Stored<UploadRecord>
  readonly caller: BucketCaller
}

async function complete(
  deps: S3Deps,
  input: S3Input<'CompleteMultipartUpload'>,
  context: RequestContext,
  { address, upload, caller }: Found,
): Promise<WrittenObject> {
  const { bucket, key, uploadId } = address
  const uploaded = await readParts(deps, uploadId)
  const listed = input.MultipartUpload?.Parts ?? []
  const completion = await completeParts(uploadId, upload.value.checksum, listed, uploaded, input)
  return writeObject(deps, {
    bucket,
    key: input.Key,
    keyBytes: key,
    caller,
    context,
    event: 'ObjectCreated:CompleteMultipartUpload',
    conditions: { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch },
    metadata: metadataOf(upload.value),
    size: completion.size,
    etag: completion.etag,
    checksum: completion.checksum,
    body: { kind: 'parts', uploadId, count: listed.length },
    lock: upload.value.lock ?? {},
    encryption: upload.value.encryption,
    acl: { begun: upload.value.acl },
    also: async (transaction) => {
      const now = await uploads.get(transaction, [bucket, key, uploadId])
      if (!now) throw noSuchUpload(uploadId)
      // A part was replaced since the list was judged (upload-part.ts).
      if (now.version !== upload.version) throw s3Error('OperationAborted')
      await uploads.delete(transaction, [bucket, key, uploadId])
      await manifests.set(transaction, [uploadId], completion.manifest)
      const { log, value } = trashParts(uploadId)
      transaction.append(log, value)
    },
  })
}

function metadataOf({ system, user, storageClass, tags }: UploadRecord): ObjectMetadata {
  return { system, user, storageClass, ...(tags && { tags }) }
}

async function readParts(deps: S3Deps, uploadId: string): Promise<Map<number, PartRecord>> {
  const found = new Map<number, PartRecord>()
  for (let after = 0; ;) {
    const page = await parts.list(deps.store, { prefix: [uploadId], after: [uploadId, after] }, { limit: PAGE_MAX })
    for (const part of page) found.set((after = Number(part.key[1])), part.value)
    if (page.length < PAGE_MAX) return found
  }
}

/** A client that did not hear the answer asks again: the same upload gives the same answer while its object is there. */
async function alreadyCompleted(deps: S3Deps, address: UploadAddress): Promise<WrittenObject | undefined> {
  const { bucket, key, uploadId, caller } = address
  const existing = await peekObject(deps, bucket, key, caller)
  const record = existing.latest
  if (record?.body.kind !== 'parts' || record.body.uploadId !== uploadId) return undefined
  return { bucket: existing.bucket, record }
}

function outputOf(
  input: S3Input<'CompleteMultipartUpload'>,
  context: RequestContext,
  { bucket, record }: WrittenObject,
): S3Output<'CompleteMultipartUpload'> {
  return {
    Location: locationOf(input, context),
    Bucket: input.Bucket,
    Key: input.Key,
    ETag: quoteEtag(record.etag),
    ...checksumMembers(record.checksum),
    ChecksumType: record.checksum.type,
    VersionId: versionHeader(bucket, record),
    ...encryptionOutput(record.encryption),
  }
}

/** Where the object is, in the style (virtual host or path) of the request. */
function locationOf({ Bucket, Key }: S3Input<'CompleteMultipartUpload'>, { http }: RequestContext): string {
  const key = Key.toWellFormed().split('/').map(encodeURIComponent).join('/')
  const origin = originOf(http)
  return http.host.startsWith(`${Bucket}.`) ? `${origin}/${key}` : `${origin}/${Bucket}/${key}`
}
