// What is stored about event source mappings. Key layout:
//   lambda.mappings          [account, region, uuid]                 settings and state
//   lambda.mapping-pairs     [account, region, function, source]     the uuid: a pair has one mapping
//   lambda.mapping-results   [account, region, uuid]                 how the last batch ended
//   lambda.checkpoints       [uuid, shard]                           see checkpoints.ts
//
// The state says what clients see. What they asked for is in it: Creating, Enabling and Updating lead to Enabled (or to
// Disabled, where `enabled` says so), Disabling to Disabled, Deleting to nothing. mappings.ts takes each of these steps
// when the pollers have followed, and goes on with them after a crash.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import type { SourceService } from './source-arn.ts'

export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Updating' | 'Disabling' | 'Disabled' | 'Deleting'

/** What an update can change, of any source. */
export interface CommonSettings {
  /** The ARN of the function, with the qualifier that the client gave. */
  readonly functionArn: string
  readonly batchSize: number
  readonly windowS: number
  /** Patterns as the client wrote them. */
  readonly filters: readonly string[]
  readonly reportsItemFailures: boolean
  readonly kmsKeyArn: string | undefined
  readonly metrics: readonly string[] | undefined
}

export interface QueueSettings extends CommonSettings {
  readonly concurrencyMax: number | undefined
  /** Stored and shown; pollers here are as many as are needed. */
  readonly provisionedPollers: { readonly min: number | undefined; readonly max: number | undefined } | undefined
}

export interface StreamSettings extends CommonSettings {
  readonly parallelizationFactor: number
  /** -1: until the record is too old, or gone from the stream. */
  readonly retriesMax: number
  /** -1: no age is too old. */
  readonly recordAgeMaxS: number
  readonly bisects: boolean
  /** 0: no tumbling window. */
  readonly tumblingWindowS: number
  readonly onFailureArn: string | undefined
}

export type StartingPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly timeMs: number }

interface MappingBase {
  readonly uuid: string
  readonly account: string
  readonly region: string
  readonly sourceArn: string
  readonly state: MappingState
  /** Whether it is to run when the step under way is done. */
  readonly enabled: boolean
  readonly lastModifiedMs: number
  readonly tags: Readonly<Record<string, string>>
}

export interface QueueMapping extends MappingBase {
  readonly kind: 'queue'
  readonly service: SourceService
  readonly fifo: boolean
  readonly settings: QueueSettings
}

export interface StreamMapping extends MappingBase {
  readonly kind: 'stream'
  readonly service: SourceService
  readonly startingPosition: StartingPosition
  readonly settings: StreamSettings
}

export type MappingRecord = QueueMapping | StreamMapping

export const mappings = new Collection<MappingRecord>({
  name: 'lambda.mappings',
  codec: jsonCodec(1),
  indexes: {
    function: (record) => [[record.account, record.region, record.settings.functionArn]],
    source: (record) => [[record.account, record.region, record.sourceArn]],
  },
})

export const mappingPairs = new Collection<{ readonly uuid: string }>({
  name: 'lambda.mapping-pairs',
  codec: jsonCodec(1),
})

/** How the last batch of a mapping ended, in AWS's words. */
export const mappingResults = new Collection<{ readonly text: string }>({
  name: 'lambda.mapping-results',
  codec: jsonCodec(1),
})

export const NOTHING_PROCESSED = 'No records processed'

export function mappingKey(record: Pick<MappingRecord, 'account' | 'region' | 'uuid'>): Key {
  return [record.account, record.region, record.uuid]
}

export function pairKey(record: MappingRecord): Key {
  return [record.account, record.region, record.settings.functionArn, record.sourceArn]
}

export function mappingArn(record: Pick<MappingRecord, 'account' | 'region' | 'uuid'>): string {
  return `arn:aws:lambda:${record.region}:${record.account}:event-source-mapping:${record.uuid}`
}

/** Whether a step is under way that must be over before the next change. */
export function isInTransition({ state }: Pick<MappingRecord, 'state'>): boolean {
  return state !== 'Enabled' && state !== 'Disabled'
}

/** Whether any account has a mapping. */
export async function hasMappings(store: Pick<Store, 'get' | 'getMany' | 'list'>): Promise<boolean> {
  return (await mappings.list(store, { prefix: [] }, { limit: 1 })).length > 0
}
