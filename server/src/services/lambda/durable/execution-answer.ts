// What a caller that waited for the end of an execution gets, as from any function.
import type { InvokeAnswer } from '../invoker.ts'
import { executionArn } from './execution-arn.ts'
import type { ExecutionRecord } from './execution-record.ts'
import type { StoredEnd } from './payload-pieces.ts'

/** `now`: as it is at its end; undefined when it was deleted meanwhile. */
export function answerOf(
  begun: ExecutionRecord,
  now: ExecutionRecord | undefined,
  { result, error }: StoredEnd,
): InvokeAnswer {
  const succeeded = now?.status === 'SUCCEEDED'
  const failure = {
    errorType: error?.ErrorType ?? 'Error',
    errorMessage: error?.ErrorMessage ?? `The execution ended: ${now?.status ?? 'its state is gone'}`,
    ...(error?.ErrorData !== undefined && { errorData: error.ErrorData }),
    ...(error?.StackTrace !== undefined && { stackTrace: error.StackTrace }),
  }
  return {
    kind: 'answered',
    payload: Buffer.from(succeeded ? (result ?? 'null') : JSON.stringify(failure)),
    functionError: succeeded ? undefined : 'Unhandled',
    logTail: undefined,
    executionArn: executionArn(begun),
  }
}
