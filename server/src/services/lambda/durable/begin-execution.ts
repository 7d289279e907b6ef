// The beginning of an execution, in one commit: whoever uses its name again, with the same input, means the same one.
import { createHash } from 'node:crypto'
import { newRequestId } from '#base/ids.ts'
import type { Store } from '#storage/store.ts'
import { type TransactOptions, transact } from '#storage/transact.ts'
import type { DurableVersion } from './durable-call.ts'
import { alreadyStarted } from './errors.ts'
import { tellBus } from './end-execution.ts'
import { ExecutionChange } from './execution-change.ts'
import { executionKey, executionNames, type ExecutionRecord, executions, nameKey } from './execution-record.ts'
import { inEvent, setPayload } from './payload-pieces.ts'

export interface BeginOrder {
  readonly requestId: string
  /** Random where it is left out. */
  readonly name?: string | undefined
  /** JSON bytes. */
  readonly payload: Uint8Array
  readonly tenantId: string | undefined
  readonly traceId: string | undefined
  readonly hops: number
  readonly unattended?: true
  readonly parent?: ExecutionRecord['parent']
}

/** `again`: it has begun before. Throws DurableExecutionAlreadyStartedException. */
export type Begun = { readonly execution: ExecutionRecord; readonly again: boolean }

/** Throws DurableExecutionAlreadyStartedException where the name is taken by an execution with another input. */
export function beginExecution(
  store: Store,
  deployed: DurableVersion,
  order: BeginOrder,
  { clock }: Required<Pick<TransactOptions, 'clock'>>,
): Promise<Begun> {
  const id = newRequestId()
  const { ref, functionId, record } = deployed
  const { tenantId, traceId, parent } = order
  const inputDigest = createHash('sha256').update(order.payload).digest('hex')
  const fresh: ExecutionRecord = {
    id: parent ? order.requestId : id,
    account: ref.account,
    region: ref.region,
    functionId,
    functionName: ref.name,
    version: record.version,
    name: order.name ?? id,
    status: 'RUNNING',
    startMs: clock.nowMs(),
    timeoutS: record.durable.timeoutS,
    retentionDays: record.durable.retentionDays,
    inputBytes: order.payload.length,
    inputDigest,
    ...(tenantId !== undefined && { tenantId }),
    ...(traceId !== undefined && { traceId }),
    hops: order.hops,
    requestId: order.requestId,
    ...(order.unattended && { unattended: true }),
    ...(parent && { parent }),
    operations: 0,
    events: 0,
    bytes: 0,
    open: {},
    unseen: [],
    invocations: 0,
    failures: 0,
  }
  return transact(
    store,
    async (transaction) => {
      const taken = await executionNames.get(transaction, nameKey(fresh))
      const before = taken && (await executions.get(transaction, executionKey({ ...fresh, id: taken.value.id })))
      if (before) {
        if (before.value.inputDigest !== inputDigest) throw alreadyStarted(fresh.name)
        return { execution: before.value, again: true }
      }
      const change = new ExecutionChange(transaction, fresh, fresh.startMs)
      await executionNames.set(transaction, nameKey(fresh), { id: fresh.id })
      await setPayload(transaction, fresh.id, 'input', order.payload)
      change.tell('ExecutionStarted', fresh, {
        ...inEvent('input', Buffer.from(order.payload).toString('utf8')),
        executionTimeoutS: fresh.timeoutS,
      })
      tellBus(change)
      return { execution: await change.write(), again: false }
    },
    { clock },
  )
}
