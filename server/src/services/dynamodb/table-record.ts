// What is kept of a table, beside its items. The record is the one place that says which indexes, stream, time to live and
// history a write has to serve; every write checks that the record has not changed, so a change of it takes effect between
// two writes and never within one.
import { jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { TablePlace } from './arn.ts'
import type { KeyType } from './language/attribute-value.ts'

/** Prefix of the keys of items, index entries and backups: `[SPACE_PREFIX, space, ...]`. */
export const SPACE_PREFIX = 'ddb'
export const TABLES_PREFIX = 'dynamodb.tables'
export const JOBS_PREFIX = 'dynamodb.jobs'

/** Names of the key attributes; their types are in the table's attribute definitions. */
export interface KeyNames {
  readonly hash: string
  readonly range?: string
}

export interface AttributeDefinition {
  readonly name: string
  readonly type: KeyType
}

export interface CapacityUnits {
  readonly read: number
  readonly write: number
}

export type Billing =
  | {
      readonly mode: 'PAY_PER_REQUEST'
      /** When the table became on-demand, if it once was not, or was made so. */
      readonly sinceMs: number
      /** Ceilings; -1 or absent: none. */
      readonly readMax?: number
      readonly writeMax?: number
    }
  | {
      readonly mode: 'PROVISIONED'
      readonly units: CapacityUnits
      readonly increasedMs?: number
      readonly decreasedMs?: number
      readonly decreasesToday?: number
      /** Set when the mode was named, or changed: then it is described. */
      readonly named?: boolean
      readonly sinceMs?: number
    }

export type Projection =
  | { readonly kind: 'ALL' }
  | { readonly kind: 'KEYS_ONLY' }
  | { readonly kind: 'INCLUDE'; readonly names: readonly string[] }

/** A global index that was added later is `building` until every old item is in it; reads of it are refused until then. */
export type IndexPhase = 'building' | 'active'

export interface IndexRecord {
  readonly name: string
  readonly scope: 'local' | 'global'
  /** Where its entries are. */
  readonly space: string
  readonly key: KeyNames
  readonly projection: Projection
  readonly phase: IndexPhase
  /** Of a global index of a provisioned table. */
  readonly units?: CapacityUnits
  readonly readMax?: number
  readonly writeMax?: number
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'

/** The stream that writes append to now; what is told of it is in stream-record.ts. */
export interface TableStream {
  readonly label: string
  readonly space: string
  readonly viewType: StreamViewType
  /** Shards that take records: one of them by the partition of the item. */
  readonly openShards: readonly number[]
}

/** Expiry times are an index of their own kind: `building` until old items are in it. */
export interface TimeToLive {
  readonly attribute: string
  readonly space: string
  readonly phase: IndexPhase
}

/** Old images of every change since, for restores to a moment. */
export interface History {
  readonly space: string
  readonly sinceMs: number
  readonly days: number
}

export interface KinesisDestination {
  readonly streamArn: string
  readonly status: 'ACTIVE' | 'DISABLED'
  readonly precision: 'MILLISECOND' | 'MICROSECOND'
}

export interface RestoreOrigin {
  readonly backupArn?: string
  readonly tableArn: string
  readonly atMs: number
}

/** What a background job still has to bring; the table takes no requests for items until then. */
export interface TableLoad {
  readonly kind: 'restore' | 'import'
}

export interface TableRecord extends TablePlace {
  readonly id: string
  readonly createdMs: number
  /** Where its items are. */
  readonly space: string
  readonly attributes: readonly AttributeDefinition[]
  readonly key: KeyNames
  readonly indexes: readonly IndexRecord[]
  readonly billing: Billing
  readonly tags: Readonly<Record<string, string>>
  readonly deletionProtected: boolean
  readonly stream?: TableStream
  /** Of the latest stream, also after it was disabled. */
  readonly latestStreamLabel?: string
  readonly timeToLive?: TimeToLive
  readonly history?: History
  readonly tableClass?: { readonly name: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS'; readonly sinceMs?: number }
  readonly encryption?: { readonly keyArn: string }
  readonly kinesis?: readonly KinesisDestination[]
  /** By index name; the table itself is ''. */
  readonly insights?: Readonly<Record<string, { readonly sinceMs: number; readonly mode?: string }>>
  readonly policy?: { readonly text: string; readonly revision: string }
  readonly streamPolicies?: Readonly<Record<string, { readonly text: string; readonly revision: string }>>
  readonly restored?: RestoreOrigin
  readonly load?: TableLoad
  readonly replicationMode?: string
}

export const tableCodec = jsonCodec<TableRecord>(1)

export function tableKey({ account, region, name }: TablePlace): Key {
  return [TABLES_PREFIX, account, region, name]
}

export function typeOfKeyAttribute(record: Pick<TableRecord, 'attributes'>, name: string): KeyType {
  const found = record.attributes.find((attribute) => attribute.name === name)
  if (found === undefined) throw new TypeError(`the key attribute ${name} is not defined`)
  return found.type
}
