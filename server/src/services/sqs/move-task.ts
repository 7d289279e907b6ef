// StartMessageMoveTask: what is kept of a task.
import { jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { parseQueueArn } from './arn.ts'
import { parseJsonMap } from './json-map.ts'

export type MoveStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED'

export interface MoveTask {
  readonly id: string
  readonly sourceArn: string
  /** Undefined: each message goes back to the queue that it came from. */
  readonly destinationArn: string | undefined
  readonly perSecondMax: number | undefined
  readonly status: MoveStatus
  readonly failureReason: string | undefined
  readonly moved: number
  /** Messages that were visible when the task began. */
  readonly toMove: number
  readonly startedMs: number
}

export const MOVE_TASKS: Key = ['sqs.move']
export const moveTaskCodec = jsonCodec<MoveTask>(1)

/** Below account, region and name of the source, in the order in which they were started. */
export function moveTaskKey({ sourceArn, startedMs, id }: MoveTask): Key {
  const { account = '', region = '', name = '' } = parseQueueArn(sourceArn) ?? {}
  return [...MOVE_TASKS, account, region, name, startedMs, id]
}

/** What a client cancels a task by. */
export function taskHandle({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64')
}

/** Undefined for what is no handle. */
export function parseTaskHandle(handle: string): { readonly id: string; readonly sourceArn: string } | undefined {
  const { taskId: id, sourceArn } = parseJsonMap(Buffer.from(handle, 'base64').toString()) ?? {}
  return typeof id === 'string' && typeof sourceArn === 'string' ? { id, sourceArn } : undefined
}
