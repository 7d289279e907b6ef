// The attributes of a queue: which there are for which kind of queue, what values they take, and their defaults.
import { compilePolicy } from '#identity/policy/compile.ts'
import { invalidAttribute, invalidAttributeValue, unknownAttribute } from './errors.ts'
import {
  ATTRIBUTE_VALUE_CHARS_MAX,
  DELAY_SECONDS_MAX,
  KMS_REUSE_SECONDS_MAX,
  KMS_REUSE_SECONDS_MIN,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MIN,
  POLICY_BYTES_MAX,
  RETENTION_SECONDS_MAX,
  RETENTION_SECONDS_MIN,
  VISIBILITY_SECONDS_MAX,
  WAIT_SECONDS_MAX,
} from './limits.ts'
import type { QueueAttributes, QueueRecord, QueueSettings } from './queue-record.ts'
import { readRedriveAllowPolicy, readRedrivePolicy } from './redrive-policy.ts'

interface AttributeRow {
  /** Value that a queue has which did not set it; undefined: it then has none. */
  readonly fallback?: string
  readonly isFifoOnly?: true
  /** Set at creation and never changed. */
  readonly isFixed?: true
  /** An empty value takes it away. */
  readonly isClearable?: true
  /** Throws what is wrong with the value; undefined without a check. */
  readonly demand?: (name: string, value: string) => void
}

const SECOND_MS = 1000

const integer =
  (min: number, max: number) =>
  (name: string, value: string): void => {
    if (!/^\d{1,10}$/.test(value) || Number(value) < min || Number(value) > max) throw invalidAttributeValue(name)
  }
const oneOf =
  (...allowed: readonly string[]) =>
  (name: string, value: string): void => {
    if (!allowed.includes(value)) throw invalidAttributeValue(name)
  }
const flag = (name: string, value: string): void => oneOf('true', 'false')(name, value.toLowerCase())
const demandPolicy = (name: string, value: string): void => {
  const isTooLong = Buffer.byteLength(value) > POLICY_BYTES_MAX
  if (isTooLong || compilePolicy(value, 'resource').kind !== 'compiled') throw invalidAttributeValue(name)
}

const ROWS: Readonly<Partial<Record<string, AttributeRow>>> = {
  VisibilityTimeout: { fallback: '30', demand: integer(0, VISIBILITY_SECONDS_MAX) },
  MaximumMessageSize: { fallback: String(MESSAGE_BYTES_MAX), demand: integer(MESSAGE_BYTES_MIN, MESSAGE_BYTES_MAX) },
  MessageRetentionPeriod: { fallback: '345600', demand: integer(RETENTION_SECONDS_MIN, RETENTION_SECONDS_MAX) },
  DelaySeconds: { fallback: '0', demand: integer(0, DELAY_SECONDS_MAX) },
  ReceiveMessageWaitTimeSeconds: { fallback: '0', demand: integer(0, WAIT_SECONDS_MAX) },
  Policy: { isClearable: true, demand: demandPolicy },
  RedrivePolicy: { isClearable: true, demand: (_name, value) => void readRedrivePolicy(value) },
  RedriveAllowPolicy: { isClearable: true, demand: (_name, value) => void readRedriveAllowPolicy(value) },
  KmsMasterKeyId: { isClearable: true },
  KmsDataKeyReusePeriodSeconds: { demand: integer(KMS_REUSE_SECONDS_MIN, KMS_REUSE_SECONDS_MAX) },
  SqsManagedSseEnabled: { demand: flag },
  FifoQueue: { isFifoOnly: true, isFixed: true, demand: flag },
  ContentBasedDeduplication: { fallback: 'false', isFifoOnly: true, demand: flag },
  DeduplicationScope: { fallback: 'queue', isFifoOnly: true, demand: oneOf('queue', 'messageGroup') },
  FifoThroughputLimit: { fallback: 'perQueue', isFifoOnly: true, demand: oneOf('perQueue', 'perMessageGroupId') },
}

const READ_ONLY = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
]

/** Names that GetQueueAttributes takes, besides `All`. */
export const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set([...Object.keys(ROWS), ...READ_ONLY])

/** The attributes of a new queue as they are kept. Throws for values that cannot be. */
export function readNewAttributes(sent: QueueAttributes | undefined, isFifo: boolean): QueueAttributes {
  return withEncryption({}, readSent(sent ?? {}, isFifo, true))
}

/** The attributes of a queue after a change. Throws for values that cannot be. */
export function changedAttributes(record: QueueRecord, sent: QueueAttributes, isFifo: boolean): QueueAttributes {
  return withEncryption(record.attributes, readSent(sent, isFifo, false))
}

function readSent(sent: QueueAttributes, isFifo: boolean, isNew: boolean): QueueAttributes {
  const kept: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(sent)) {
    const row = ROWS[name]
    if (value === undefined) continue
    if (row === undefined || (row.isFifoOnly === true && !isFifo)) throw unknownAttribute(name)
    if (row.isFixed === true && !isNew && value.toLowerCase() !== 'true') throw invalidAttributeValue(name)
    if (value === '' && row.isClearable === true) {
      kept[name] = undefined
      continue
    }
    if (value.length > ATTRIBUTE_VALUE_CHARS_MAX) throw invalidAttributeValue(name)
    row.demand?.(name, value)
    kept[name] = row.demand === flag ? value.toLowerCase() : value
  }
  return kept
}

/** One kind of encryption at a time: what is set turns the other off. */
function withEncryption(before: QueueAttributes, sent: QueueAttributes): QueueAttributes {
  const hasKey = sent['KmsMasterKeyId'] !== undefined
  if (hasKey && sent['SqsManagedSseEnabled'] === 'true')
    throw invalidAttribute(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    )
  const after: Record<string, string | undefined> = { ...before, ...sent }
  if (hasKey) after['SqsManagedSseEnabled'] = 'false'
  if (sent['SqsManagedSseEnabled'] === 'true') after['KmsMasterKeyId'] = undefined
  const highThroughput = after['FifoThroughputLimit'] === 'perMessageGroupId'
  if (highThroughput && after['DeduplicationScope'] !== 'messageGroup')
    throw invalidAttribute(
      'The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.',
    )
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined))
}

/** The value that the attribute has, set or not; undefined when the queue has none. */
export function attributeOf(record: QueueRecord, name: string): string | undefined {
  const row = ROWS[name]
  const isFifo = record.attributes['FifoQueue'] === 'true'
  if (row === undefined || (row.isFifoOnly === true && !isFifo)) return undefined
  const { attributes } = record
  const isEncryptedByKey = attributes['KmsMasterKeyId'] !== undefined
  if (name === 'SqsManagedSseEnabled') return attributes[name] ?? String(!isEncryptedByKey)
  if (name === 'KmsDataKeyReusePeriodSeconds') return attributes[name] ?? (isEncryptedByKey ? '300' : undefined)
  return attributes[name] ?? row.fallback
}

/** The name of an attribute that was sent and differs from the queue's; undefined when the queue is as asked for. */
export function differingAttribute(record: QueueRecord, sent: QueueAttributes): string | undefined {
  return Object.entries(sent).find(([name, value]) => {
    const has = attributeOf(record, name)
    if (value === '' || value === undefined) return has !== undefined && value === ''
    return ROWS[name]?.demand === flag ? has !== value.toLowerCase() : has !== value
  })?.[0]
}

/** The attributes that steer the queue. */
export function settingsOf(record: QueueRecord): QueueSettings {
  const number = (name: string): number => Number(attributeOf(record, name))
  const redrive = attributeOf(record, 'RedrivePolicy')
  return {
    isFifo: record.attributes['FifoQueue'] === 'true',
    visibilityMs: number('VisibilityTimeout') * SECOND_MS,
    delayMs: number('DelaySeconds') * SECOND_MS,
    retentionMs: number('MessageRetentionPeriod') * SECOND_MS,
    waitMs: number('ReceiveMessageWaitTimeSeconds') * SECOND_MS,
    messageBytesMax: number('MaximumMessageSize'),
    deduplicatesByContent: attributeOf(record, 'ContentBasedDeduplication') === 'true',
    deduplicationScope: attributeOf(record, 'DeduplicationScope') === 'messageGroup' ? 'messageGroup' : 'queue',
    throughputLimit:
      attributeOf(record, 'FifoThroughputLimit') === 'perMessageGroupId' ? 'perMessageGroupId' : 'perQueue',
    redrive: redrive === undefined ? undefined : readRedrivePolicy(redrive),
  }
}
