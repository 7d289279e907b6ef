// The condition keys that only S3 knows, from an operation's input. Source: service authorization reference, "Actions,
// resources, and condition keys for Amazon S3".
import type { ConditionValues, RequestContext } from '#protocol/operation.ts'

/** Condition key -> member of the input, where they say the same. */
const MEMBERS: readonly (readonly [key: string, member: string])[] = [
  ['s3:prefix', 'Prefix'],
  ['s3:delimiter', 'Delimiter'],
  ['s3:max-keys', 'MaxKeys'],
  ['s3:versionid', 'VersionId'],
  ['s3:x-amz-acl', 'ACL'],
  ['s3:x-amz-copy-source', 'CopySource'],
  ['s3:x-amz-grant-full-control', 'GrantFullControl'],
  ['s3:x-amz-grant-read', 'GrantRead'],
  ['s3:x-amz-grant-read-acp', 'GrantReadACP'],
  ['s3:x-amz-grant-write', 'GrantWrite'],
  ['s3:x-amz-grant-write-acp', 'GrantWriteACP'],
  ['s3:x-amz-metadata-directive', 'MetadataDirective'],
  ['s3:x-amz-object-ownership', 'ObjectOwnership'],
  ['s3:x-amz-server-side-encryption', 'ServerSideEncryption'],
  ['s3:x-amz-server-side-encryption-aws-kms-key-id', 'SSEKMSKeyId'],
  ['s3:x-amz-server-side-encryption-customer-algorithm', 'SSECustomerAlgorithm'],
  ['s3:x-amz-storage-class', 'StorageClass'],
  ['s3:x-amz-website-redirect-location', 'WebsiteRedirectLocation'],
  ['s3:object-lock-mode', 'ObjectLockMode'],
  ['s3:object-lock-legal-hold', 'ObjectLockLegalHoldStatus'],
  ['s3:if-match', 'IfMatch'],
  ['s3:if-none-match', 'IfNoneMatch'],
]

/** The values of S3's own condition keys for a request. */
export function s3Conditions(input: object, { http }: RequestContext): ConditionValues {
  const members = input as Readonly<Record<string, unknown>>
  const values: Record<string, string | readonly string[] | undefined> = {
    's3:authtype': authType(http.headers['authorization'], http.url),
    's3:signatureversion': http.url.includes('AWSAccessKeyId=') ? 'AWS' : 'AWS4-HMAC-SHA256',
    's3:x-amz-content-sha256': http.headers['x-amz-content-sha256'],
  }
  for (const [key, member] of MEMBERS) {
    const value = members[member]
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      values[key] = String(value)
  }
  const configuration = members['CreateBucketConfiguration']
  if (typeof configuration === 'object' && configuration !== null && 'LocationConstraint' in configuration)
    values['s3:locationconstraint'] = String(configuration.LocationConstraint)
  addTags(values, members['Tagging'])
  return values
}

function authType(authorization: string | undefined, url: string): string | undefined {
  if (authorization !== undefined) return 'REST-HEADER'
  return /[?&](?:X-Amz-Signature|Signature)=/.test(url) ? 'REST-QUERY-STRING' : undefined
}

/** `s3:RequestObjectTag/<key>`, from x-amz-tagging or from a document of tags. */
function addTags(values: Record<string, string | readonly string[] | undefined>, tagging: unknown): void {
  const pairs: (readonly [string, string])[] = []
  if (typeof tagging === 'string') pairs.push(...new URLSearchParams(tagging))
  else if (typeof tagging === 'object' && tagging !== null && 'TagSet' in tagging && Array.isArray(tagging.TagSet))
    for (const tag of tagging.TagSet as readonly { readonly Key?: unknown; readonly Value?: unknown }[])
      pairs.push([String(tag.Key), String(tag.Value)])
  if (pairs.length === 0) return
  values['s3:requestobjecttagkeys'] = pairs.map(([key]) => key)
  for (const [key, value] of pairs) values[`s3:requestobjecttag/${key.toLowerCase()}`] = value
}
