// What writes need beside s3:PutObject. Source: service authorization reference; API pages of PutObject and CopyObject,
// "Permissions".
import type { FurtherPermission } from '#protocol/operation.ts'
import { objectArn } from './arn.ts'
import { parseCopySource } from './copy-source.ts'

interface WriteInput {
  readonly Bucket: string
  readonly Key: string
  readonly ACL?: string | undefined
  readonly GrantFullControl?: string | undefined
  readonly GrantRead?: string | undefined
  readonly GrantReadACP?: string | undefined
  readonly GrantWriteACP?: string | undefined
  readonly Tagging?: string | undefined
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockLegalHoldStatus?: string | undefined
}

/** Of PutObject and CreateMultipartUpload. */
export function writePermissions(input: WriteInput): readonly FurtherPermission[] {
  const resource = objectArn(input.Bucket, input.Key)
  const grants = input.ACL ?? input.GrantFullControl ?? input.GrantRead ?? input.GrantReadACP ?? input.GrantWriteACP
  return [
    ...(grants === undefined ? [] : [{ action: 's3:PutObjectAcl', resource }]),
    ...(input.Tagging === undefined ? [] : [{ action: 's3:PutObjectTagging', resource }]),
    ...(input.ObjectLockMode === undefined ? [] : [{ action: 's3:PutObjectRetention', resource }]),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : [{ action: 's3:PutObjectLegalHold', resource }]),
  ]
}

/** Of CopyObject and UploadPartCopy: the source must be readable too. Throws as parseCopySource. */
export function copyPermissions(input: WriteInput & { readonly CopySource: string }): readonly FurtherPermission[] {
  const { bucket, key, versionId } = parseCopySource(input.CopySource)
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  return [{ action, resource: objectArn(bucket, key) }, ...writePermissions(input)]
}

interface Bypass {
  readonly Bucket: string
  readonly Key: string
  readonly BypassGovernanceRetention?: boolean | undefined
}

/** Of DeleteObject and PutObjectRetention: passing over a retention in governance mode is a right of its own. */
export function bypassPermission(input: Bypass): readonly FurtherPermission[] {
  if (input.BypassGovernanceRetention !== true) return []
  return [{ action: 's3:BypassGovernanceRetention', resource: objectArn(input.Bucket, input.Key) }]
}

type ByVersion = (input: { readonly VersionId?: string | undefined }) => string

/** The action where a version is named is another one. Source: service authorization reference, `s3:GetObjectVersion`. */
export function byVersion(usual: string, ofVersion: string): ByVersion {
  return ({ VersionId }) => (VersionId === undefined ? usual : ofVersion)
}
