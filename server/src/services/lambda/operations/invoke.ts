// Invoke: runs a function and answers with its result (RequestResponse), takes the event in and answers at once (Event),
// or only checks (DryRun).
import type { RequestContext } from '#protocol/operation.ts'
import { takeEvent } from '../async-invocation.ts'
import { Constraints } from '../constraints.ts'
import type { DeployedVersion } from '../deployed-versions.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkExecutionName, type DurableVersion, isDurable, requireDurableCall } from '../durable/durable-call.ts'
import { executionArn } from '../durable/execution-arn.ts'
import { invalidRequestContent, requestTooLarge } from '../errors.ts'
import { CLIENT_CONTEXT_BYTES_MAX, EVENT_PAYLOAD_BYTES_MAX, INVOKE_PAYLOAD_BYTES_MAX } from '../limits.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { checkTenantId, requireTenant } from '../tenancy.ts'
import { throttledError } from '../throttling.ts'

type InvokeOutput = LambdaOutput<'Invoke'>

const NO_PAYLOAD = Buffer.from('{}')

export async function invoke(
  deps: LambdaDeps,
  input: LambdaInput<'Invoke'>,
  context: RequestContext,
): Promise<InvokeOutput> {
  checkInput(input)
  const found = deps.deployed.require(input.FunctionName ?? '', input.Qualifier, context)
  const deployed = found instanceof Promise ? await found : found
  requireTenant(deployed.record, input.TenantId)
  // Nothing of it concerns most calls.
  if (deployed.record.durable !== undefined || input.DurableExecutionName !== undefined) checkDurable(deployed, input)
  const payload = payloadOf(input)
  if (input.InvocationType === 'Event') {
    if (isDurable(deployed)) return beginDurable(deps, input, deployed, payload, context)
    const clientContext = clientContextOf(input.ClientContext)
    await takeEvent(deps, context, deployed.invokedArn, payload, { clientContext, tenantId: input.TenantId })
    context.setStatus(202)
    return { StatusCode: 202 }
  }
  if (input.InvocationType === 'DryRun') {
    context.setStatus(204)
    return { StatusCode: 204, ExecutedVersion: deployed.record.version }
  }
  const result = await deps.invoker.invoke(deployed, {
    requestId: context.requestId,
    payload,
    clientContext: clientContextOf(input.ClientContext),
    tenantId: input.TenantId,
    traceId: context.http.headers['x-amzn-trace-id'],
    tail: input.LogType === 'Tail',
    hops: deps.ports.hops.next(context.principal),
    executionName: input.DurableExecutionName,
  })
  if (result.kind === 'throttled') throw throttledError(result)
  return {
    StatusCode: 200,
    Payload: result.payload,
    ExecutedVersion: deployed.record.version,
    FunctionError: result.functionError,
    LogResult: result.logTail,
    DurableExecutionArn: result.executionArn,
  }
}

function checkDurable(
  deployed: DeployedVersion,
  { InvocationType: type, DurableExecutionName: name }: LambdaInput<'Invoke'>,
): void {
  requireDurableCall(deployed, { waits: type === undefined || type === 'RequestResponse', name })
}

/** Answers when the execution is on disk; it runs by itself. */
async function beginDurable(
  { ports, executions }: LambdaDeps,
  input: LambdaInput<'Invoke'>,
  deployed: DurableVersion,
  payload: Uint8Array,
  context: RequestContext,
): Promise<InvokeOutput> {
  const { execution } = await executions.begin(deployed, {
    requestId: context.requestId,
    name: input.DurableExecutionName,
    payload,
    tenantId: input.TenantId,
    traceId: context.http.headers['x-amzn-trace-id'],
    hops: ports.hops.next(context.principal),
    unattended: true,
  })
  context.setStatus(202)
  return { StatusCode: 202, DurableExecutionArn: executionArn(execution) }
}

function checkInput(input: LambdaInput<'Invoke'>): void {
  // The check of most calls, without the objects that name faults.
  const { DurableExecutionName: name } = input
  if (
    input.InvocationType !== undefined ||
    input.LogType !== undefined ||
    input.TenantId !== undefined ||
    name !== undefined
  )
    checkExecutionName(checkTenantId(new Constraints(), input.TenantId), name)
      .oneOf('invocationType', input.InvocationType, ['Event', 'RequestResponse', 'DryRun'])
      .oneOf('logType', input.LogType, ['None', 'Tail'])
      .check()
  if (input.ClientContext !== undefined && Buffer.byteLength(input.ClientContext) > CLIENT_CONTEXT_BYTES_MAX)
    throw invalidRequestContent('Client context must be no more than 3583 bytes')
}

/** The payload, checked for size and for being JSON; an empty one is an empty object. */
export function payloadOf(input: Pick<LambdaInput<'Invoke'>, 'Payload' | 'InvocationType'>): Uint8Array {
  const payload = input.Payload
  if (payload === undefined || payload.length === 0) return NO_PAYLOAD
  if (input.InvocationType === 'Event') {
    if (payload.length > EVENT_PAYLOAD_BYTES_MAX)
      throw requestTooLarge(
        `${payload.length} byte payload is too large for the Event invocation type (limit ${EVENT_PAYLOAD_BYTES_MAX} bytes)`,
      )
  } else if (payload.length > INVOKE_PAYLOAD_BYTES_MAX) {
    throw requestTooLarge(
      `Request must be smaller than ${INVOKE_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation`,
    )
  }
  checkJson(payload)
  return payload
}

function checkJson(payload: Buffer): void {
  try {
    JSON.parse(payload.toString('utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON'
    throw invalidRequestContent(`Could not parse request body into json: Could not parse payload into json: ${reason}`)
  }
}

/** The JSON text in the base64 of X-Amz-Client-Context. */
export function clientContextOf(clientContext: string | undefined): string | undefined {
  if (clientContext === undefined || clientContext === '') return undefined
  const text = Buffer.from(clientContext, 'base64').toString('utf8')
  try {
    JSON.parse(text)
  } catch {
    throw invalidRequestContent('Client context must be a valid Base64-encoded JSON object.')
  }
  return text
}
