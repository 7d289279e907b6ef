// InvokeWithResponseStream: runs a function and hands its answer on while it is made, as events. A function that answers in
// one piece gives one event. Source: API page of InvokeWithResponseStream.
import type { RequestContext } from '#protocol/operation.ts'
import { invokeStreaming, type StreamedInvocation } from '../answer-stream.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { requireDurableCall } from '../durable/durable-call.ts'
import type { InvokeAnswer } from '../invoker.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'
import { clientContextOf, payloadOf } from './invoke.ts'
import { checkTenantId, requireTenant } from '../tenancy.ts'
import { throttledError } from '../throttling.ts'

type Output = LambdaOutput<'InvokeWithResponseStream'>
type Event = NonNullable<Output['EventStream']> extends AsyncIterable<infer E> ? E : never

export async function invokeWithResponseStream(
  deps: LambdaDeps,
  input: LambdaInput<'InvokeWithResponseStream'>,
  context: RequestContext,
): Promise<Output> {
  checkTenantId(new Constraints(), input.TenantId)
    .oneOf('invocationType', input.InvocationType, ['RequestResponse', 'DryRun'])
    .oneOf('logType', input.LogType, ['None', 'Tail'])
    .check()
  const deployed = await deps.deployed.require(input.FunctionName ?? '', input.Qualifier, context)
  requireTenant(deployed.record, input.TenantId)
  requireDurableCall(deployed, { waits: input.InvocationType !== 'DryRun' })
  const payload = payloadOf({ Payload: input.Payload, InvocationType: undefined })
  if (input.InvocationType === 'DryRun') {
    context.setStatus(204)
    return { StatusCode: 204, ExecutedVersion: deployed.record.version }
  }
  const streamed = await invokeStreaming(deps.invoker, deployed, {
    requestId: context.requestId,
    payload,
    clientContext: clientContextOf(input.ClientContext),
    tenantId: input.TenantId,
    traceId: context.http.headers['x-amzn-trace-id'],
    tail: input.LogType === 'Tail',
    hops: deps.ports.hops.next(context.principal),
  })
  if (streamed.kind === 'whole' && streamed.answer.kind === 'throttled') throw throttledError(streamed.answer)
  return {
    StatusCode: 200,
    ExecutedVersion: deployed.record.version,
    EventStream: events(streamed),
  }
}

async function* events(streamed: StreamedInvocation): AsyncGenerator<Event> {
  if (streamed.kind === 'whole') {
    const { answer } = streamed
    if (answer.kind === 'answered' && answer.functionError === undefined && answer.payload.length > 0)
      yield { PayloadChunk: { Payload: answer.payload } }
    yield completed(answer)
    return
  }
  for await (const Payload of streamed.body) yield { PayloadChunk: { Payload } }
  yield completed(await streamed.end)
}

function completed(answer: InvokeAnswer): Event {
  if (answer.kind === 'throttled') return { InvokeComplete: { ErrorCode: 'TooManyRequestsException' } }
  const failed = answer.functionError !== undefined
  return {
    InvokeComplete: {
      ...(failed && {
        ErrorCode: answer.functionError,
        ErrorDetails: Buffer.from(answer.payload).toString('utf8'),
      }),
      ...(answer.logTail !== undefined && { LogResult: answer.logTail }),
    },
  }
}
