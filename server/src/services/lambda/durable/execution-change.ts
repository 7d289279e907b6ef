// One change of a durable execution: what a transaction reads, decides and writes of it. Operations that are set here are
// known to the code that runs, unless they were set by somebody else: those are noted as unseen, and told to the code
// with its next checkpoint or its next invocation.
import type { Transaction } from '#storage/transact.ts'
import { invalidParameter } from '../errors.ts'
import { DURABLE_BYTES_MAX, DURABLE_OPERATIONS_MAX } from '../limits.ts'
import {
  type EventRecord,
  events,
  type ExecutionKey,
  executionKey,
  type ExecutionRecord,
  executions,
  type OperationRecord,
  operations,
} from './execution-record.ts'
import type { EventDetails, EventType } from './model.ts'

type Named = NonNullable<EventRecord['operation']>
type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class ExecutionChange {
  readonly transaction: Transaction
  /** As it will be written. */
  readonly execution: Writable<ExecutionRecord>
  readonly nowMs: number
  readonly #read = new Map<string, OperationRecord | undefined>()
  readonly #set = new Map<string, OperationRecord>()
  readonly #events: EventRecord[] = []

  constructor(transaction: Transaction, execution: ExecutionRecord, nowMs: number) {
    this.transaction = transaction
    this.execution = { ...execution }
    this.nowMs = nowMs
  }

  /** Undefined when there is no such execution. */
  static async of(transaction: Transaction, key: ExecutionKey, nowMs: number): Promise<ExecutionChange | undefined> {
    const found = await executions.get(transaction, key)
    return found && new ExecutionChange(transaction, found.value, nowMs)
  }

  async operation(id: string): Promise<OperationRecord | undefined> {
    if (this.#read.has(id)) return this.#read.get(id)
    const found = (await operations.get(this.transaction, [this.execution.id, id]))?.value
    this.#read.set(id, found)
    return found
  }

  /** The number of an operation that begins now. Throws InvalidParameterValueException where there are too many. */
  nextOrder(): number {
    if (this.execution.operations >= DURABLE_OPERATIONS_MAX)
      throw invalidParameter(`A durable execution has at most ${DURABLE_OPERATIONS_MAX} operations.`)
    return ++this.execution.operations
  }

  /** `seen`: the code that runs did it itself. */
  set(operation: OperationRecord, seen: boolean): void {
    const { id } = operation
    this.#read.set(id, operation)
    this.#set.set(id, operation)
    const { [id]: _, ...open } = this.execution.open
    const untilMs = waitsUntil(operation)
    this.execution.open = untilMs === undefined ? open : { ...open, [id]: untilMs }
    if (!seen && !this.execution.unseen.includes(id)) this.execution.unseen = [...this.execution.unseen, id]
  }

  /** `about`: an operation, or the execution itself. */
  tell(type: EventType, about: Named | undefined, details: EventDetails = {}): void {
    this.#events.push({
      type,
      timeMs: this.nowMs,
      ...(about && { operation: namesOf(about) }),
      details,
    })
  }

  /** Counts the bytes of a checkpoint. Throws InvalidParameterValueException where they are too many. */
  count(bytes: number): void {
    this.execution.bytes += bytes
    if (this.execution.bytes > DURABLE_BYTES_MAX)
      throw invalidParameter(`The checkpoints of a durable execution hold at most ${DURABLE_BYTES_MAX} bytes.`)
  }

  /** Counts an operation that brings this many bytes; false where the execution has no room for it. */
  takes(bytes: number): boolean {
    const { execution } = this
    if (execution.operations >= DURABLE_OPERATIONS_MAX || execution.bytes + bytes > DURABLE_BYTES_MAX) return false
    execution.operations++
    execution.bytes += bytes
    return true
  }

  /** The operations that this change has set. */
  get changed(): readonly OperationRecord[] {
    return [...this.#set.values()]
  }

  /** Gives everything to the transaction, with the time when something must be done next. */
  async write(): Promise<ExecutionRecord> {
    const { execution, transaction } = this
    for (const operation of this.#set.values())
      await operations.set(transaction, [execution.id, operation.id], operation)
    for (const event of this.#events) await events.set(transaction, [execution.id, ++execution.events], event)
    const wakeMs = this.#dueMs()
    if (wakeMs === undefined) delete execution.wakeMs
    else execution.wakeMs = wakeMs
    await executions.set(transaction, executionKey(execution), execution)
    return execution
  }

  /** Never, once it has ended; only at its deadline, while it runs. */
  #dueMs(): number | undefined {
    const { status, startMs, timeoutS, invocation, invocations, retryMs, unseen, open } = this.execution
    if (status !== 'RUNNING') return undefined
    const deadlineMs = startMs + timeoutS * 1000
    if (invocation !== undefined) return deadlineMs
    if (invocations === 0 || unseen.length > 0) return this.nowMs
    let dueMs = Math.min(deadlineMs, retryMs ?? deadlineMs)
    for (const untilMs of Object.values(open)) if (untilMs !== null && untilMs < dueMs) dueMs = untilMs
    return dueMs
  }
}

function namesOf({ id, name, parentId, subType }: Named): Named {
  return {
    id,
    ...(name !== undefined && { name }),
    ...(parentId !== undefined && { parentId }),
    ...(subType !== undefined && { subType }),
  }
}

/** Until when an operation waits, `null` where only somebody else can end that; undefined when it does not wait. */
function waitsUntil({
  type,
  status,
  scheduledEndMs,
  nextAttemptMs,
  callback,
}: OperationRecord): number | null | undefined {
  if (type === 'STEP') return status === 'PENDING' ? (nextAttemptMs ?? null) : status === 'READY' ? null : undefined
  if (status !== 'STARTED' || type === 'CONTEXT') return undefined
  if (type === 'WAIT') return scheduledEndMs ?? null
  if (type === 'CHAINED_INVOKE') return null
  const untilMs = Math.min(callback?.timeoutMs ?? Infinity, callback?.heartbeatMs ?? Infinity)
  return untilMs === Infinity ? null : untilMs
}
