// Events whose receiver is an execution: those that begin one, and calls that one makes.
import type { Envelope } from '#events/envelope.ts'
import type { DeliveryOutcome } from '#events/target.ts'
import { AwsError } from '#protocol/errors.ts'
import { transact } from '#storage/transact.ts'
import type { DeployedVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { type ChainedCall, type ChainedEnd, chainedTimeout, endChained } from './chained-invocation.ts'
import { durableFault, type DurableVersion, isDurable } from './durable-call.ts'
import { ExecutionChange } from './execution-change.ts'
import type { ExecutionKey } from './execution-record.ts'
import { errorIn } from './invocation-outcome.ts'

const NAME_FORM = /^[a-zA-Z0-9-_]{1,64}$/

/** The execution has the name of the event: a second delivery of it begins no second one. */
export async function deliverDurable(
  { executions }: LambdaDeps,
  envelope: Envelope,
  version: DurableVersion,
  payload: Uint8Array,
  tenantId: string | undefined,
): Promise<DeliveryOutcome> {
  const fault = durableFault(version, { waits: false })
  if (fault !== undefined) return { kind: 'rejected', reason: fault }
  const name = NAME_FORM.test(envelope.id) ? envelope.id : undefined
  const { id: requestId, hops } = envelope
  try {
    await executions.begin(version, { requestId, name, payload, tenantId, traceId: undefined, hops, unattended: true })
    return { kind: 'delivered' }
  } catch (error) {
    if (isThrottling(error)) return later(error.message)
    throw error
  }
}

/** A call of an execution. It is delivered when its answer is on disk, or when the execution that gives it has begun. */
export async function deliverChained(
  deps: LambdaDeps,
  envelope: Envelope,
  call: ChainedCall,
  found: DeployedVersion | undefined,
  payload: Uint8Array,
): Promise<DeliveryOutcome> {
  const version = found?.record.version === call.version ? found : found && (await promised(deps, found, call))
  if (version === undefined) return answered(deps, envelope, call, notFound(envelope))
  const { id: requestId, hops } = envelope
  const words = { requestId, payload, tenantId: call.tenantId, traceId: call.traceId, hops }
  try {
    if (isDurable(version)) {
      const parent = { id: call.executionId, operationId: call.operationId }
      await deps.executions.begin(version, { ...words, name: requestId, parent })
      return { kind: 'delivered' }
    }
    const answer = await deps.invoker.invoke(version, { ...words, clientContext: undefined, tail: false })
    if (answer.kind === 'throttled') return later(answer.reason)
    const text = Buffer.from(answer.payload).toString('utf8')
    if (answer.functionError === undefined)
      return await answered(deps, envelope, call, { status: 'SUCCEEDED', result: text })
    const error = errorIn(text)
    const end: ChainedEnd =
      error.ErrorType === 'Sandbox.Timedout' ? chainedTimeout(version.record.timeoutS) : { status: 'FAILED', error }
    return await answered(deps, envelope, call, end)
  } catch (error) {
    if (isThrottling(error)) return later(error.message)
    if (!(error instanceof AwsError)) throw error
    const refusal = { ErrorType: error.code, ErrorMessage: error.message }
    return answered(deps, envelope, call, { status: 'FAILED', error: refusal })
  }
}

function isThrottling(error: unknown): error is AwsError {
  return error instanceof AwsError && error.code === 'TooManyRequestsException'
}

function later(reason: string): DeliveryOutcome {
  return { kind: 'failed', reason: `throttled: ${reason}`, countsAsAttempt: false }
}

/** The version that the checkpoint said. */
function promised(
  { deployed }: LambdaDeps,
  { ref }: DeployedVersion,
  { version }: ChainedCall,
): Promise<DeployedVersion | undefined> {
  return deployed.find({ ...ref, qualifier: version })
}

function notFound({ subject }: Envelope): ChainedEnd {
  const error = { ErrorType: 'ResourceNotFoundException', ErrorMessage: `The function that ${subject} calls is gone.` }
  return { status: 'FAILED', error }
}

async function answered(
  { ports: { store, clock }, executions }: LambdaDeps,
  { account, region }: Envelope,
  { executionId, operationId }: ChainedCall,
  end: ChainedEnd,
): Promise<DeliveryOutcome> {
  const key: ExecutionKey = [account, region, executionId]
  const execution = await transact(store, async (transaction) => {
    const change = await ExecutionChange.of(transaction, key, clock.nowMs())
    if (!change) return undefined
    await endChained(change, operationId, end)
    return change.write()
  })
  if (execution) executions.follow(execution)
  return { kind: 'delivered' }
}
