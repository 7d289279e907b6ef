// What a bucket says of who may use it, for the authorization of a request: its policy, and where ACLs count what they
// grant, as policies. Source: S3 user guide, "Access control list (ACL) overview" ("Mapping of ACL permissions and access
// policy permissions"), "How Amazon S3 authorizes a request".
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext, ResourceConditions, ResourcePolicies } from '#protocol/operation.ts'
import { aclsDisabled, bucketAcl } from './access.ts'
import { type Acl, ALL_USERS, AUTHENTICATED_USERS, type Permission } from './acl.ts'
import type { BucketRecord } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import { findObject } from './object-read.ts'
import type { ObjectRecord } from './object-record.ts'
import { canonicalUserId } from './owner.ts'

const BUCKET_ACTIONS: Readonly<Record<Exclude<Permission, 'FULL_CONTROL'>, readonly string[]>> = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
}

const OBJECT_ACTIONS: Readonly<Record<Exclude<Permission, 'FULL_CONTROL'>, readonly string[]>> = {
  READ: ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectAttributes', 's3:GetObjectVersionAttributes'],
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
}

const S3_ARN = /^arn:aws[a-z-]*:s3:::([^/]+)(?:\/([\s\S]*))?$/

/** For the gateway's authorizer (protocol/operation.ts, Service). Throws AccessDenied where the requester must pay. */
export function resourcePolicies(
  deps: S3Deps,
  resource: string,
  context: RequestContext,
): ResourcePolicies | undefined | Promise<ResourcePolicies | undefined> {
  const [, name, key] = S3_ARN.exec(resource) ?? []
  // CreateBucket names a bucket that is not there, or that is somebody else's, which the operation says itself.
  if (name === undefined || context.operation === 'CreateBucket') return undefined
  const found = deps.seen.look(name)
  if (found instanceof Promise) return found.then((bucket) => bucket && policiesOf(deps, bucket.value, key, context))
  const bucket = found.value
  // Most buckets say nothing: no promise for them.
  if (bucket.documents?.policy === undefined && aclsDisabled(bucket) && bucket.requesterPays !== true)
    return { owner: bucket.account, documents: [] }
  return policiesOf(deps, bucket, key, context)
}

async function policiesOf(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string | undefined,
  context: RequestContext,
): Promise<ResourcePolicies> {
  const { name } = bucket
  const caller = 'account' in context.principal ? context.principal.account : undefined
  chargeRequester(bucket, caller, context)
  const documents = await policyDocuments(deps, bucket, caller, context)
  if (aclsDisabled(bucket)) return { owner: bucket.account, documents }
  const ignorePublic = bucket.publicAccess?.ignorePublicAcls === true
  const grants = aclDocument(bucketAcl(bucket), BUCKET_ACTIONS, { bucket: name, caller, ignorePublic })
  const object = key === undefined || key === '*' ? undefined : await objectAclOf(deps, bucket, key, context)
  const byObject = object && aclDocument(object, OBJECT_ACTIONS, { bucket: name, caller, ignorePublic })
  return {
    owner: ownerOf(bucket, object, caller, context.operation),
    documents: [...documents, ...(grants ?? []), ...(byObject ?? [])],
  }
}

/** Root of the owner gets at the policy even when the policy denies it: else nobody could mend it. */
const POLICY_OPERATIONS: ReadonlySet<string> = new Set(['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'])

async function policyDocuments(
  deps: S3Deps,
  bucket: BucketRecord,
  caller: string | undefined,
  { principal, operation }: RequestContext,
): Promise<readonly string[]> {
  const policy = await deps.documents.get(deps.store, bucket, 'policy')
  if (!policy) return []
  const isOwn = caller === bucket.account
  if (isOwn && principal.kind === 'root' && POLICY_OPERATIONS.has(operation)) return []
  if (policy.isPublic && !isOwn && bucket.publicAccess?.restrictPublicBuckets === true) return []
  return [policy.text]
}

/** Source: S3 user guide, "Using Requester Pays general purpose buckets". */
function chargeRequester(bucket: BucketRecord, caller: string | undefined, context: RequestContext): void {
  if (bucket.requesterPays !== true || caller === bucket.account) return
  const { headers, url } = context.http
  const agrees = headers['x-amz-request-payer'] === 'requester' || /[?&]x-amz-request-payer=requester(?:&|$)/i.test(url)
  if (caller === undefined || !agrees) throw s3Error('AccessDenied')
  context.setHeader('x-amz-request-charged', 'requester')
}

interface GrantScope {
  readonly bucket: string
  readonly caller: string | undefined
  readonly ignorePublic: boolean
}

/** A policy that allows what the ACL grants to this caller; none when that is nothing. */
function aclDocument(
  { grants }: Acl,
  actionsOf: typeof BUCKET_ACTIONS,
  { bucket, caller, ignorePublic }: GrantScope,
): readonly string[] {
  const id = caller === undefined ? undefined : canonicalUserId(caller)
  const everybody = new Set<string>()
  const account = new Set<string>()
  for (const { grantee, permission } of grants) {
    const isPublic =
      grantee.kind === 'group' &&
      (grantee.uri === ALL_USERS || (grantee.uri === AUTHENTICATED_USERS && caller !== undefined))
    const to = isPublic ? (ignorePublic ? undefined : everybody) : isUser(grantee, id) ? account : undefined
    if (to) for (const action of actionsOfPermission(permission, actionsOf)) to.add(action)
  }
  return [...statement(everybody, '*', bucket), ...statement(account, `arn:aws:iam::${caller ?? ''}:root`, bucket)]
}

function isUser(grantee: Acl['grants'][number]['grantee'], id: string | undefined): boolean {
  return grantee.kind === 'user' && grantee.id === id
}

function actionsOfPermission(permission: Permission, actionsOf: typeof BUCKET_ACTIONS): readonly string[] {
  return permission === 'FULL_CONTROL' ? Object.values(actionsOf).flat() : actionsOf[permission]
}

function statement(actions: ReadonlySet<string>, principal: string, bucket: string): readonly string[] {
  if (actions.size === 0) return []
  // The document is asked about this one resource only.
  const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const allowed = { Effect: 'Allow', Principal: { AWS: principal }, Action: [...actions], Resource: resources }
  return [JSON.stringify({ Version: '2012-10-17', Statement: [allowed] })]
}

/** Operations whose permission hangs on the object that is there. */
const OBJECT_OPERATIONS: ReadonlySet<string> = new Set([
  'GetObject',
  'HeadObject',
  'GetObjectAcl',
  'PutObjectAcl',
  'GetObjectAttributes',
  'CopyObject',
  'UploadPartCopy',
  'SelectObjectContent',
])

async function objectAclOf(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  context: RequestContext,
): Promise<Acl | undefined> {
  if (!OBJECT_OPERATIONS.has(context.operation)) return undefined
  return (await existingObject(deps, bucket, key, context))?.acl
}

/** Undefined when there is no such object: the operation will say so, to those who may know. */
async function existingObject(
  deps: S3Deps,
  bucket: BucketRecord,
  key: string,
  context: RequestContext,
): Promise<ObjectRecord | undefined> {
  const versionId = new URLSearchParams(context.http.url.split('?')[1] ?? '').get('versionId') ?? undefined
  const caller = { account: bucket.account, expectedOwner: undefined }
  try {
    return (await findObject(deps, { bucket: bucket.name, key, versionId, caller }, false)).record
  } catch (error) {
    if (error instanceof AwsError) return undefined
    throw error
  }
}

/** `s3:ExistingObjectTag/<key>`: the tags of the object that is there. */
export function existingObjectTags(deps: S3Deps): ResourceConditions {
  const prefix = 's3:existingobjecttag/'
  return {
    prefixes: [prefix],
    async read(resource, context) {
      const [, name, key] = S3_ARN.exec(resource) ?? []
      if (name === undefined || key === undefined || key === '*') return {}
      const bucket = (await deps.seen.look(name))?.value
      const tags = bucket && (await existingObject(deps, bucket, key, context))?.tags
      return Object.fromEntries((tags ?? []).map((tag) => [`${prefix}${tag.key.toLowerCase()}`, tag.value]))
    },
  }
}

/** The account that decides: the object's owner for what is in the object, else the bucket's. */
function ownerOf(bucket: BucketRecord, object: Acl | undefined, caller: string | undefined, operation: string): string {
  if (!object || object.owner === canonicalUserId(bucket.account) || !OBJECT_OPERATIONS.has(operation))
    return bucket.account
  if (caller !== undefined && object.owner === canonicalUserId(caller)) return caller
  // Somebody else's: the grants alone decide.
  return 'another account'
}
