// What a checkpoint may say, given where its operations stand. Each refusal is an InvalidParameterValueException, in the
// words and in the order of AWS's own testing library.
import { invalidParameter } from '../errors.ts'
import { DURABLE_PAYLOAD_BYTES_MAX, DURABLE_UPDATES_MAX } from '../limits.ts'
import type { ExecutionChange } from './execution-change.ts'
import type { OperationRecord, OperationStatus } from './execution-record.ts'
import type { ErrorObject, OperationUpdate } from './model.ts'

type Action = NonNullable<OperationUpdate['Action']>
type Type = NonNullable<OperationUpdate['Type']>

const ACTIONS: Readonly<Record<Type, readonly Action[]>> = {
  CALLBACK: ['START'],
  CHAINED_INVOKE: ['START'],
  CONTEXT: ['START', 'FAIL', 'SUCCEED'],
  EXECUTION: ['SUCCEED', 'FAIL'],
  STEP: ['START', 'FAIL', 'RETRY', 'SUCCEED'],
  WAIT: ['START', 'CANCEL'],
}

/** The checks of all updates together; each one is checked by itself when it is applied. */
export async function checkUpdates(change: ExecutionChange, updates: readonly OperationUpdate[]): Promise<void> {
  if (updates.length > DURABLE_UPDATES_MAX)
    throw invalidParameter(`A checkpoint has at most ${DURABLE_UPDATES_MAX} updates.`)
  checkEnd(updates)
  const started = new Map<string, OperationUpdate>()
  const last = new Map<string, OperationUpdate>()
  for (const update of updates) {
    const { Id: id, ParentId: parentId, Action: action } = update
    if (isSecond(update, last.get(id)))
      throw invalidParameter('Cannot checkpoint multiple operations with the same ID.')
    if (parentId !== undefined) {
      const type = started.get(parentId)?.Type ?? (await change.operation(parentId))?.type
      if (type !== 'CONTEXT') throw invalidParameter('Invalid parent operation id.')
    }
    if (action === 'START') started.set(id, update)
    last.set(id, update)
  }
}

function checkEnd(updates: readonly OperationUpdate[]): void {
  const ends = updates.filter(({ Type }) => Type === 'EXECUTION')
  if (ends.length > 1) throw invalidParameter('Cannot checkpoint multiple EXECUTION updates.')
  if (ends.length === 1 && updates.at(-1)?.Type !== 'EXECUTION')
    throw invalidParameter('EXECUTION checkpoint must be the last update.')
}

/** Only steps and contexts may begin and go on in one checkpoint. */
function isSecond({ Action: action }: OperationUpdate, before: OperationUpdate | undefined): boolean {
  if (before === undefined) return false
  const goesOn = before.Type === 'STEP' || before.Type === 'CONTEXT'
  return !(goesOn && before.Action === 'START' && action !== 'START')
}

/** One update, with its operation as it stands. */
export function checkUpdate(update: OperationUpdate, operation: OperationRecord | undefined): void {
  if (operation) checkSame(update, operation)
  checkSizes(update)
  const { Type: type, Action: action } = update
  if (type === undefined || action === undefined || !ACTIONS[type].includes(action))
    throw invalidParameter('Invalid action for the given operation type.')
  checkStatus(type, action, operation?.status)
  if (action === 'FAIL' && update.Payload !== undefined)
    throw invalidParameter('Cannot provide a Payload for FAIL action.')
  if (action === 'SUCCEED' && update.Error !== undefined)
    throw invalidParameter('Cannot provide an Error for SUCCEED action.')
  if (action === 'RETRY') {
    if (update.StepOptions?.NextAttemptDelaySeconds === undefined)
      throw invalidParameter('Invalid StepOptions for the given action.')
    if (update.Error !== undefined && update.Payload !== undefined)
      throw invalidParameter('Cannot provide both error and payload to RETRY a STEP.')
  }
  if (type === 'WAIT' && action === 'START' && update.WaitOptions?.WaitSeconds === undefined)
    throw invalidParameter('Invalid WaitOptions for the given action.')
  if (type === 'CHAINED_INVOKE' && update.ChainedInvokeOptions === undefined)
    throw invalidParameter('Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.')
}

function checkSame(update: OperationUpdate, operation: OperationRecord): void {
  if (update.Type !== operation.type) throw invalidParameter('Inconsistent operation type.')
  if (update.SubType !== undefined && update.SubType !== operation.subType)
    throw invalidParameter('Inconsistent operation subtype.')
  if (update.Name !== undefined && update.Name !== operation.name)
    throw invalidParameter('Inconsistent operation name.')
  if (update.ParentId !== undefined && update.ParentId !== operation.parentId)
    throw invalidParameter('Inconsistent parent operation id.')
}

/** Throws InvalidParameterValueException. */
export function checkErrorSize(error: ErrorObject): void {
  if (Buffer.byteLength(JSON.stringify(error)) > DURABLE_PAYLOAD_BYTES_MAX)
    throw invalidParameter(`Error object size must be less than or equal to ${DURABLE_PAYLOAD_BYTES_MAX} bytes.`)
}

function checkSizes({ Type: type, Error: error, Payload: payload }: OperationUpdate): void {
  if (error !== undefined) checkErrorSize(error)
  // What an execution answers may be larger, where somebody waits for it.
  if (payload === undefined || type === 'EXECUTION' || Buffer.byteLength(payload) <= DURABLE_PAYLOAD_BYTES_MAX) return
  const what = type === 'CHAINED_INVOKE' ? 'input' : 'output'
  throw invalidParameter(
    `${type} ${what} payload size must be less than or equal to ${DURABLE_PAYLOAD_BYTES_MAX} bytes.`,
  )
}

function checkStatus(type: Type, action: Action, status: OperationStatus | undefined): void {
  switch (type) {
    case 'STEP':
      return checkStep(action, status)
    case 'CONTEXT':
      if (action === 'START') return refuseSecond('CONTEXT', status)
      if (status !== undefined && status !== 'STARTED')
        throw invalidParameter('Invalid current CONTEXT state to close.')
      return
    case 'WAIT':
      if (action === 'START') return refuseSecond('WAIT', status)
      if (status !== 'STARTED')
        throw invalidParameter('Cannot cancel a WAIT that does not exist or has already completed.')
      return
    case 'CALLBACK':
      return refuseSecond('CALLBACK', status)
    case 'CHAINED_INVOKE':
      if (status !== undefined) throw invalidParameter('Cannot start a CHAINED_INVOKE operation that already exists.')
      return
    case 'EXECUTION':
  }
}

function refuseSecond(type: Type, status: OperationStatus | undefined): void {
  if (status !== undefined) throw invalidParameter(`Cannot start a ${type} that already exist.`)
}

function checkStep(action: Action, status: OperationStatus | undefined): void {
  if (status === undefined) return
  if (action === 'START') {
    if (status !== 'READY') throw invalidParameter('Invalid current STEP state to start.')
  } else if (status !== 'STARTED' && status !== 'READY') {
    const what = action === 'RETRY' ? 're-attempt' : 'close'
    throw invalidParameter(`Invalid current STEP state to ${what}.`)
  }
}
