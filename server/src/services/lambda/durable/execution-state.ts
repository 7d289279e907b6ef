// The state of an execution, page by page: what its code needs to go on from where it was. What happened in a context that
// is over is left out, unless the context says that a replay needs it.
import { LIST_PAGE_MAX } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { DURABLE_PAGE_BYTES_MAX } from '../limits.ts'
import { markerOf, readNumberMarker } from '../markers.ts'
import { executionArn } from './execution-arn.ts'
import { type ExecutionRecord, type OperationRecord, operations } from './execution-record.ts'
import type { ShownOperation } from './model.ts'
import { payloadOf } from './payload-pieces.ts'
import { shownExecution, shownOperation } from './shown-operation.ts'

export interface StatePage {
  readonly operations: ShownOperation[]
  /** Where the next page begins; undefined when this is the last one. */
  readonly marker: string | undefined
}

interface PageOrder {
  readonly marker: string | undefined
  readonly limit: number
  readonly mayBeEmpty?: boolean
}

/** Operations that are read at once where they may be large. */
const LARGE_READ = 8

/**
 * One page from `marker` on; the first one begins with the execution itself. `mayBeEmpty`: where that does not fit, the page
 * has nothing. Throws InvalidParameterValueException.
 */
export async function statePage(
  store: Reader,
  execution: ExecutionRecord,
  { marker, limit, mayBeEmpty = false }: PageOrder,
): Promise<StatePage> {
  const from = readNumberMarker(marker) ?? 0
  const shown: ShownOperation[] = []
  let bytes = 0
  if (from === 0) {
    const first = shownExecution(execution, (await payloadOf(store, execution.id, 'input')).toString('utf8'))
    bytes = sizeOf(first)
    if (mayBeEmpty && bytes > DURABLE_PAGE_BYTES_MAX) return { operations: [], marker: markerOf([0]) }
    shown.push(first)
  }
  const contexts = new Contexts(store, execution.id)
  const atOnce = execution.bytes > DURABLE_PAGE_BYTES_MAX ? LARGE_READ : LIST_PAGE_MAX
  for (let order = Math.max(from, 1); ;) {
    const range = { prefix: [execution.id], from: [execution.id, order] }
    const found = await operations.listIndex(store, 'order', range, { limit: atOnce })
    for (const { value } of found) {
      order = value.order + 1
      if (await contexts.hide(value)) continue
      const operation = shownOperation(value)
      bytes += sizeOf(operation)
      if (shown.length >= limit || (shown.length > 0 && bytes > DURABLE_PAGE_BYTES_MAX))
        return { operations: shown, marker: markerOf([value.order]) }
      shown.push(operation)
    }
    if (found.length < atOnce) return { operations: shown, marker: undefined }
  }
}

/** Of its JSON: payloads are JSON in JSON, and may become twice as long. */
function sizeOf(operation: ShownOperation): number {
  return Buffer.byteLength(JSON.stringify(operation)) + 1
}

/** Which contexts hide what happened in them. */
class Contexts {
  readonly #store: Reader
  readonly #executionId: string
  readonly #hidden = new Map<string, boolean>()

  constructor(store: Reader, executionId: string) {
    this.#store = store
    this.#executionId = executionId
  }

  async hide({ id, type, status, replayChildren, parentId }: OperationRecord): Promise<boolean> {
    const hidden = parentId !== undefined && (await this.#hides(parentId))
    if (type === 'CONTEXT') this.#hidden.set(id, hidden || (status !== 'STARTED' && replayChildren !== true))
    return hidden
  }

  async #hides(id: string): Promise<boolean> {
    const known = this.#hidden.get(id)
    if (known !== undefined) return known
    const found = await operations.get(this.#store, [this.#executionId, id])
    if (found) await this.hide(found.value)
    return this.#hidden.get(id) ?? false
  }
}

/** What an invocation of its code gets: JSON. Times are in milliseconds. */
export async function invocationInput(
  store: Reader,
  execution: ExecutionRecord,
  token: string,
  updated: readonly string[],
): Promise<Uint8Array> {
  const page = await statePage(store, execution, {
    marker: undefined,
    limit: Number.POSITIVE_INFINITY,
    mayBeEmpty: true,
  })
  const input = {
    DurableExecutionArn: executionArn(execution),
    CheckpointToken: token,
    InitialExecutionState: { Operations: page.operations, NextMarker: page.marker ?? '' },
    UpdatedOperationIds: updated,
  }
  return Buffer.from(JSON.stringify(input, inMilliseconds))
}

/** For JSON.stringify, which turns dates into text before it asks. */
function inMilliseconds(this: unknown, name: string, value: unknown): unknown {
  const original: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, name) : undefined
  return original instanceof Date ? original.getTime() : value
}
