// Replication rules: what they may say, and which one holds for an object. Source: API page of PutBucketReplication; S3
// user guide, "Replication configuration file elements"; error texts as the service words them.
import { newRequestId } from '#base/ids.ts'
import { invalidArgument, s3Error } from '../errors.ts'
import { REPLICATION_RULES_MAX, RULE_ID_CHARS_MAX } from '../limits.ts'
import type { Tag } from '../tags.ts'
import { filterMatches, type RuleFilter, type RuleSubject } from './lifecycle-rules.ts'

export interface ReplicationRule {
  readonly id: string
  readonly enabled: boolean
  /** Of rules of the newer form; the highest wins where several name one destination. */
  readonly priority?: number
  readonly filter: RuleFilter
  /** The name of the destination bucket. */
  readonly bucket: string
  /** `arn:aws:s3:::bucket`, as it was put. */
  readonly bucketArn: string
  readonly account?: string
  readonly storageClass?: string
  readonly ownerOverride?: true
  readonly replicaKmsKey?: string
  readonly deleteMarkers: boolean
  readonly kmsObjects: boolean
  /** Failures are told to whom notifications name. */
  readonly metrics?: true
  /** As put, for the answer only: Mayfly replicates as fast as it can. */
  readonly told: object
}

export interface ReplicationSettings {
  readonly role: string
  readonly rules: readonly ReplicationRule[]
}

interface TagInput {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

interface RuleInput {
  readonly ID?: string | undefined
  readonly Status?: string | undefined
  readonly Priority?: number | undefined
  readonly Prefix?: string | undefined
  readonly Filter?:
    | {
        readonly Prefix?: string | undefined
        readonly Tag?: TagInput | undefined
        readonly And?:
          | { readonly Prefix?: string | undefined; readonly Tags?: readonly TagInput[] | undefined }
          | undefined
      }
    | undefined
  readonly SourceSelectionCriteria?:
    | {
        readonly SseKmsEncryptedObjects?: { readonly Status?: string | undefined } | undefined
        readonly ReplicaModifications?: { readonly Status?: string | undefined } | undefined
      }
    | undefined
  readonly ExistingObjectReplication?: { readonly Status?: string | undefined } | undefined
  readonly DeleteMarkerReplication?: { readonly Status?: string | undefined } | undefined
  readonly Destination?:
    | {
        readonly Bucket?: string | undefined
        readonly Account?: string | undefined
        readonly StorageClass?: string | undefined
        readonly AccessControlTranslation?: { readonly Owner?: string | undefined } | undefined
        readonly EncryptionConfiguration?: { readonly ReplicaKmsKeyID?: string | undefined } | undefined
        readonly Metrics?: { readonly Status?: string | undefined } | undefined
      }
    | undefined
}

/** A configuration as decoded from a request. */
export interface ReplicationInput {
  readonly Role?: string | undefined
  readonly Rules?: readonly RuleInput[] | undefined
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/
const BUCKET_ARN = /^arn:aws[a-z-]*:s3:::([a-zA-Z0-9._-]{3,255})$/

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function parseReplication({ Role: role, Rules: rules }: ReplicationInput): ReplicationSettings {
  if (role === undefined || !rules || rules.length === 0) throw s3Error('MalformedXML')
  if (!ROLE_ARN.test(role)) throw invalidArgument('Role', role, 'Invalid role specified in replication configuration')
  if (rules.length > REPLICATION_RULES_MAX)
    throw s3Error('InvalidRequest', {
      message: `The number of replication rules must not exceed the allowed limit of ${REPLICATION_RULES_MAX} rules.`,
    })
  const parsed = rules.map(parseRule)
  if (new Set(parsed.map((rule) => rule.id)).size < parsed.length)
    throw invalidArgument('ID', undefined, 'Rule ID must be unique.')
  const newer = parsed.filter((rule) => rule.filter.form !== 'prefix')
  if (newer.length > 0 && newer.length < parsed.length) throw s3Error('MalformedXML')
  if (newer.length > 0 && new Set(newer.map((rule) => rule.priority)).size < newer.length)
    throw s3Error('InvalidRequest', { message: 'Found duplicate priority in replication rules' })
  return { role, rules: parsed }
}

function parseRule(input: RuleInput): ReplicationRule {
  const {
    ID: id,
    Status: status,
    Priority: priority,
    Destination: destination,
    SourceSelectionCriteria: source,
  } = input
  if (status !== 'Enabled' && status !== 'Disabled') throw s3Error('MalformedXML')
  if (id !== undefined && id.length > RULE_ID_CHARS_MAX)
    throw invalidArgument('ID', id.slice(0, 64), `The maximum length of ID is ${RULE_ID_CHARS_MAX}`)
  const filter = parseFilter(input)
  const markers = input.DeleteMarkerReplication?.Status
  if (filter.form !== 'prefix') {
    if (priority === undefined || markers === undefined) throw s3Error('MalformedXML')
    if (markers === 'Enabled' && filter.tags)
      throw s3Error('InvalidRequest', {
        message:
          'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
      })
  }
  const arn = destination?.Bucket ?? ''
  const bucket = BUCKET_ARN.exec(arn)?.[1]
  if (bucket === undefined) throw invalidArgument('Bucket', arn, 'Invalid bucket ARN.')
  const kmsObjects = source?.SseKmsEncryptedObjects?.Status === 'Enabled'
  const replicaKmsKey = destination?.EncryptionConfiguration?.ReplicaKmsKeyID
  if (kmsObjects && replicaKmsKey === undefined)
    throw s3Error('InvalidRequest', {
      message: 'ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.',
    })
  const { ID: _id, Status: _status, Filter: _filter, Prefix: _prefix, ...told } = input
  return {
    id: id === undefined || id === '' ? newRequestId() : id,
    enabled: status === 'Enabled',
    ...(priority !== undefined && { priority }),
    filter,
    bucket,
    bucketArn: arn,
    ...(destination?.Account !== undefined && { account: destination.Account }),
    ...(destination?.StorageClass !== undefined && { storageClass: destination.StorageClass }),
    ...(destination?.AccessControlTranslation?.Owner === 'Destination' && { ownerOverride: true }),
    ...(replicaKmsKey !== undefined && { replicaKmsKey }),
    ...(destination?.Metrics?.Status === 'Enabled' && { metrics: true }),
    // Rules of the old form replicate delete markers.
    deleteMarkers: filter.form === 'prefix' || markers === 'Enabled',
    kmsObjects,
    told,
  }
}

function parseFilter({ Prefix: prefix, Filter: filter }: RuleInput): RuleFilter {
  if (filter === undefined) {
    if (prefix === undefined) throw s3Error('MalformedXML')
    return { form: 'prefix', prefix }
  }
  if (prefix !== undefined) throw s3Error('MalformedXML')
  const { And: and, Tag: tag, Prefix: bare } = filter
  if ([and, tag, bare].filter((member) => member !== undefined).length > 1) throw s3Error('MalformedXML')
  const tags = (and?.Tags ?? (tag && [tag]))?.map(({ Key, Value }): Tag => ({ key: Key ?? '', value: Value ?? '' }))
  const named = and ? and.Prefix : bare
  return {
    form: and ? 'and' : 'one',
    ...(named !== undefined && { prefix: named }),
    ...(tags && tags.length > 0 && { tags }),
  }
}

/** A configuration as GetBucketReplication answers it. */
export function replicationOutput({ role, rules }: ReplicationSettings): object {
  return {
    Role: role,
    Rules: rules.map(({ id, enabled, filter, told }) => ({
      ...told,
      ID: id,
      Status: enabled ? 'Enabled' : 'Disabled',
      Prefix: filter.form === 'prefix' ? filter.prefix : undefined,
      Filter: filter.form === 'prefix' ? undefined : filterOutput(filter),
    })),
  }
}

function filterOutput({ form, prefix, tags }: RuleFilter): object {
  const wireTags = tags?.map(({ key, value }) => ({ Key: key, Value: value }))
  if (form === 'and') return { And: { Prefix: prefix, Tags: wireTags } }
  return { Prefix: prefix ?? (tags ? undefined : ''), Tag: wireTags?.[0] }
}

/** The rules that replicate a new object, one for each destination: of several the one with the highest priority. */
export function rulesFor(settings: ReplicationSettings, subject: RuleSubject): readonly ReplicationRule[] {
  const byBucket = new Map<string, ReplicationRule>()
  for (const rule of settings.rules) {
    if (!rule.enabled || !filterMatches(rule.filter, subject)) continue
    const before = byBucket.get(rule.bucket)
    if (!before || (rule.priority ?? 0) > (before.priority ?? 0)) byBucket.set(rule.bucket, rule)
  }
  return [...byBucket.values()]
}
