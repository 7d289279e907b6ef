// Where a bucket's access logs go. Source: API page of PutBucketLogging; S3 user guide, "Enabling Amazon S3 server access
// logging" and "Log object key format".
import { aclFromDocument, type AclDocument, aclOutput, type Grant } from '../acl.ts'
import { s3Error } from '../errors.ts'

/** The time that the names of partitioned log objects carry. */
export type PartitionDate = 'EventTime' | 'DeliveryTime'

export interface LoggingTarget {
  readonly bucket: string
  readonly prefix: string
  /** Absent: `[prefix][time]-[id]`. */
  readonly partitions?: PartitionDate
  readonly grants?: readonly Grant[]
  /** How the grants and the key format were written, for the answer. */
  readonly simplePrefix?: true
}

/** A configuration as decoded from a request. */
export interface LoggingInput {
  readonly TargetBucket?: string | undefined
  readonly TargetPrefix?: string | undefined
  readonly TargetGrants?: NonNullable<AclDocument['Grants']> | undefined
  readonly TargetObjectKeyFormat?:
    | {
        readonly SimplePrefix?: object | undefined
        readonly PartitionedPrefix?: { readonly PartitionDateSource?: string | undefined } | undefined
      }
    | undefined
}

/** Source: API page of TargetGrant. */
const TARGET_PERMISSIONS = ['FULL_CONTROL', 'READ', 'WRITE'] as const

/** Throws MalformedXML, and for grants as ACLs do. `owner`: the canonical id of the bucket's owner. */
export function parseLogging(input: LoggingInput, owner: string): LoggingTarget {
  const { TargetBucket: bucket, TargetPrefix: prefix, TargetGrants: grants, TargetObjectKeyFormat: format } = input
  if (bucket === undefined || prefix === undefined) throw s3Error('MalformedXML')
  if (format?.SimplePrefix !== undefined && format.PartitionedPrefix !== undefined) throw s3Error('MalformedXML')
  const source = format?.PartitionedPrefix && (format.PartitionedPrefix.PartitionDateSource ?? 'EventTime')
  if (source !== undefined && source !== 'EventTime' && source !== 'DeliveryTime') throw s3Error('MalformedXML')
  if (grants?.some(({ Permission }) => !TARGET_PERMISSIONS.some((known) => known === Permission)))
    throw s3Error('MalformedXML')
  return {
    bucket,
    prefix,
    ...(source && { partitions: source }),
    ...(format?.SimplePrefix && { simplePrefix: true }),
    ...(grants &&
      grants.length > 0 && { grants: aclFromDocument({ Owner: { ID: owner }, Grants: grants }, owner).grants }),
  }
}

type TargetGrants = readonly (Omit<ReturnType<typeof aclOutput>['Grants'][number], 'Permission'> & {
  readonly Permission: (typeof TARGET_PERMISSIONS)[number]
})[]

/** As GetBucketLogging answers it. */
export function loggingOutput({ bucket, prefix, partitions, grants, simplePrefix }: LoggingTarget): {
  readonly TargetBucket: string
  readonly TargetPrefix: string
  readonly TargetGrants: TargetGrants | undefined
  readonly TargetObjectKeyFormat:
    | { readonly PartitionedPrefix: { readonly PartitionDateSource: PartitionDate } }
    | { readonly SimplePrefix: Record<string, never> }
    | undefined
} {
  return {
    TargetBucket: bucket,
    TargetPrefix: prefix,
    // Which permissions a target knows was checked when they were put.
    TargetGrants: grants && (aclOutput({ owner: '', grants }).Grants as TargetGrants),
    TargetObjectKeyFormat: partitions
      ? { PartitionedPrefix: { PartitionDateSource: partitions } }
      : simplePrefix === true
        ? { SimplePrefix: {} }
        : undefined,
  }
}
