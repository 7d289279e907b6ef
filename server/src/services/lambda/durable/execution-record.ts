// What is stored about durable executions. Key layout:
//   lambda.executions           [account, region, id]      the execution itself
//   lambda.executionNames       [functionId, name]         which execution has the name
//   lambda.executionOperations  [id, operation id]         its operations, in the order in which they began by `order`
//   lambda.executionEvents      [id, number]               its history
//   lambda.executionPayloads    [id, kind, number]         its input and its end, in pieces
import { type Codec, Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import type { ErrorObject, EventDetails, EventType } from './model.ts'

export type ExecutionEnding = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED'

export interface ExecutionRecord {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly functionId: string
  readonly functionName: string
  /** All its invocations run this version. */
  readonly version: string
  readonly name: string
  readonly status: 'RUNNING' | ExecutionEnding
  readonly startMs: number
  readonly endMs?: number
  /** As the function was configured when it began. */
  readonly timeoutS: number
  readonly retentionDays: number
  readonly inputBytes: number
  /** SHA-256 of the input: who starts an execution of the same name with the same input means this one. */
  readonly inputDigest: string
  readonly tenantId?: string
  readonly traceId?: string
  readonly hops: number
  /** Of the call that started it; its first invocation has the same. */
  readonly requestId: string
  /** Nobody waits for it: where it fails, the dead-letter queue is told. */
  readonly unattended?: true
  /** The operation of another execution that waits for it. */
  readonly parent?: { readonly id: string; readonly operationId: string }
  /** How many operations have begun. */
  readonly operations: number
  readonly events: number
  /** What its checkpoints have written. */
  readonly bytes: number
  /** What its next checkpoint must say; undefined while nothing runs. */
  readonly token?: string
  /** The last checkpoint, for clients that did not hear its answer. */
  readonly lastCheckpoint?: {
    readonly clientToken: string
    readonly token: string
    readonly next: string
    readonly operations: readonly string[]
  }
  /** Operations that wait: until when, or `null` where only somebody else can end it. */
  readonly open: Readonly<Record<string, number | null>>
  /** Operations that changed and that its code does not know of yet. */
  readonly unseen: readonly string[]
  /** What runs it now. `life`: the start of the server that began it. */
  readonly invocation?: { readonly id: string; readonly life: string; readonly startMs: number }
  /** How often its code was run. */
  readonly invocations: number
  /** Invocations in a row that failed. */
  readonly failures: number
  /** When its code is run again, although nothing has happened that it waits for. */
  readonly retryMs?: number
  /** When something must be done for it; undefined when it has ended. */
  readonly wakeMs?: number
}

export type OperationType = 'CALLBACK' | 'CHAINED_INVOKE' | 'CONTEXT' | 'STEP' | 'WAIT'

export type OperationEnding = 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT' | 'STOPPED'

/** A step that waits for its next attempt is PENDING, and READY when its time has come. */
export type OperationStatus = 'STARTED' | 'PENDING' | 'READY' | OperationEnding

export interface OperationRecord {
  readonly id: string
  /** 1 for the first. */
  readonly order: number
  readonly type: OperationType
  readonly parentId?: string
  readonly name?: string
  readonly subType?: string
  readonly status: OperationStatus
  readonly startMs: number
  readonly endMs?: number
  readonly result?: string
  readonly error?: ErrorObject
  /** Of a context: what happened in it is needed for a replay. */
  readonly replayChildren?: boolean
  /** Of a step. */
  readonly attempt?: number
  readonly nextAttemptMs?: number
  /** Of a wait. */
  readonly waitS?: number
  readonly scheduledEndMs?: number
  readonly callback?: CallbackRecord
}

export interface CallbackRecord {
  readonly id: string
  readonly timeoutMs?: number
  readonly heartbeatS?: number
  readonly heartbeatMs?: number
}

export interface EventRecord {
  readonly type: EventType
  readonly timeMs: number
  readonly operation?: Pick<OperationRecord, 'id' | 'name' | 'parentId' | 'subType'>
  readonly details: EventDetails
}

const DAY_MS = 86_400_000

export const executions = new Collection<ExecutionRecord>({
  name: 'lambda.executions',
  codec: jsonCodec(1),
  indexes: {
    started: ({ functionId, startMs }) => [[functionId, startMs]],
    running: ({ functionId, status }) => (status === 'RUNNING' ? [[functionId]] : []),
    wake: ({ wakeMs }) => (wakeMs === undefined ? [] : [[wakeMs]]),
    invoking: ({ invocation }) => (invocation === undefined ? [] : [[invocation.life]]),
    over: ({ endMs, retentionDays }) => (endMs === undefined ? [] : [[endMs + retentionDays * DAY_MS]]),
  },
})

export const executionNames = new Collection<{ readonly id: string }>({
  name: 'lambda.executionNames',
  codec: jsonCodec(1),
})

export const operations = new Collection<OperationRecord>({
  name: 'lambda.executionOperations',
  codec: jsonCodec(1),
  indexes: { order: ({ order }, [id = '']) => [[id, order]] },
})

export const events = new Collection<EventRecord>({ name: 'lambda.executionEvents', codec: jsonCodec(1) })

const bytesCodec: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes }

export const payloads = new Collection<Uint8Array>({ name: 'lambda.executionPayloads', codec: bytesCodec })

/** Whether a former life left any: those that wait must go on, the others are deleted in time. */
export async function hasExecutions(store: Reader): Promise<boolean> {
  return (await executions.list(store, { prefix: [] }, { limit: 1 })).length > 0
}

export type ExecutionKey = readonly [account: string, region: string, id: string]

export function executionKey({
  account,
  region,
  id,
}: Pick<ExecutionRecord, 'account' | 'region' | 'id'>): ExecutionKey {
  return [account, region, id]
}

export function nameKey({ functionId, name }: Pick<ExecutionRecord, 'functionId' | 'name'>): Key {
  return [functionId, name]
}
