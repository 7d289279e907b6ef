// How trails write into buckets: S3's own operations, called in process, after the bucket's policy was asked.
import { AwsError } from '#protocol/errors.ts'
import type { Service } from '#protocol/operation.ts'
import type { BucketWriter } from '#services/cloudtrail/delivery.ts'
import type { BucketRefusal, CloudTrailDeps } from '#services/cloudtrail/model.ts'
import { bodyOfBytes } from './bucket-port.ts'
import { internalContext } from './internal-context.ts'
import type { SenderPermission } from './sender-permission.ts'

const CLOUDTRAIL = 'cloudtrail.amazonaws.com'
/** Bucket policies for CloudTrail ask for it, as it sends it. */
const CONDITIONS = { 's3:x-amz-acl': 'bucket-owner-full-control' }

type Wish = Parameters<CloudTrailDeps['bucketRefusal']>[0]

export async function bucketRefusal(
  s3: () => Promise<Service>,
  permission: SenderPermission,
  { bucket, key, trailArn, account }: Wish,
): Promise<BucketRefusal> {
  if ((await ownerOf(s3, bucket)) === undefined) return { kind: 'missing' }
  const why = await permission.refusal(
    { principal: CLOUDTRAIL, sourceArn: trailArn, account },
    's3:PutObject',
    `arn:aws:s3:::${bucket}/${key}`,
    CONDITIONS,
  )
  return why === undefined ? { kind: 'none' } : { kind: 'refused', why }
}

export function createBucketWriter(s3: () => Promise<Service>, permission: SenderPermission): BucketWriter {
  return {
    async put({ account, region, bucket, trailArn }, { key, body, metadata, contentType }) {
      const refusal = await bucketRefusal(s3, permission, { bucket, key, trailArn, account })
      if (refusal.kind === 'refused') return { code: 'AccessDenied', message: refusal.why }
      const owner = await ownerOf(s3, bucket)
      const found = (await s3()).operations.get('PutObject')
      if (owner === undefined || found === undefined)
        return { code: 'NoSuchBucket', message: 'The specified bucket does not exist' }
      // Its policy lets CloudTrail write; the object is the bucket owner's.
      const context = internalContext({ service: 's3', operation: 'PutObject', account: owner, region })
      const input = { Bucket: bucket, Key: key, Body: bodyOfBytes(body), Metadata: metadata, ContentType: contentType }
      try {
        await found.handle({ ...input, ContentEncoding: 'gzip' }, context)
        return undefined
      } catch (error) {
        if (error instanceof AwsError && error.status < 500) return { code: error.code, message: error.message }
        throw error
      }
    },
  }
}

async function ownerOf(s3: () => Promise<Service>, bucket: string): Promise<string | undefined> {
  const service = await s3()
  const context = internalContext({ service: 's3', operation: 'GetBucketPolicy', account: '', region: '' })
  return (await service.resourcePolicies?.(`arn:aws:s3:::${bucket}`, context))?.owner
}
