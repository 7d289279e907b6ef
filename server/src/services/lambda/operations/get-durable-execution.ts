// GetDurableExecution: one execution, with its input and how it ended.
import type { RequestContext } from '#protocol/operation.ts'
import { Constraints } from '../constraints.ts'
import type { LambdaDeps } from '../deps.ts'
import { checkExecutionArn, versionArn } from '../durable/execution-arn.ts'
import { requireExecution } from '../durable/find-execution.ts'
import { endOf, payloadOf } from '../durable/payload-pieces.ts'
import type { LambdaInput, LambdaOutput } from '../model.ts'

export async function getDurableExecution(
  { ports: { store } }: LambdaDeps,
  input: LambdaInput<'GetDurableExecution'>,
  context: RequestContext,
): Promise<LambdaOutput<'GetDurableExecution'>> {
  const { DurableExecutionArn: arn, IncludeExecutionData: withData = true } = input
  checkExecutionArn(new Constraints(), arn).check()
  const execution = await requireExecution(store, arn, context)
  const { id, name, status, startMs, endMs, version, traceId, timeoutS, retentionDays } = execution
  const { result, error } = withData ? await endOf(store, id) : {}
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: versionArn(execution),
    ...(withData && { InputPayload: (await payloadOf(store, id, 'input')).toString('utf8') }),
    ...(result !== undefined && { Result: result }),
    ...(error !== undefined && { Error: error }),
    StartTimestamp: new Date(startMs),
    Status: status,
    ...(endMs !== undefined && { EndTimestamp: new Date(endMs) }),
    Version: version,
    ...(traceId !== undefined && { TraceHeader: { XAmznTraceId: traceId } }),
    ExecutionDataIncluded: withData,
    DurableConfig: { ExecutionTimeout: timeoutS, RetentionPeriodInDays: retentionDays },
  }
}
