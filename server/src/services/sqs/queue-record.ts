// What is kept of a queue besides its messages.
import { jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { QueueName } from './arn.ts'
import type { RedrivePolicy } from './redrive-policy.ts'

/** Attributes that clients set, by AWS's names; what is not set has its default. */
export type QueueAttributes = Readonly<Partial<Record<string, string>>>

export interface QueueRecord extends QueueName {
  /** 16 hexadecimal characters, never used again: what messages are kept under. */
  readonly uid: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly attributes: QueueAttributes
  readonly tags: Readonly<Record<string, string>>
  /** Messages below this sequence are gone: a purge came after them. */
  readonly purgedTo: number
  readonly purgedMs: number
}

/** Below it: account, region, name. */
export const QUEUE_RECORDS: Key = ['sqs.queue']

export const queueRecordCodec = jsonCodec<QueueRecord>(1)

export function queueRecordKey({ account, region, name }: QueueName): Key {
  return [...QUEUE_RECORDS, account, region, name]
}

/** What of the attributes steers the queue, as numbers and flags: resolved once for each change. */
export interface QueueSettings {
  readonly isFifo: boolean
  readonly visibilityMs: number
  readonly delayMs: number
  readonly retentionMs: number
  readonly waitMs: number
  readonly messageBytesMax: number
  readonly deduplicatesByContent: boolean
  readonly deduplicationScope: 'queue' | 'messageGroup'
  readonly throughputLimit: 'perQueue' | 'perMessageGroupId'
  readonly redrive: RedrivePolicy | undefined
}
