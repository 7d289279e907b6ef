// An execution by its ARN, as callers name it.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { executionNotFound } from './errors.ts'
import { executionArn, executionKeyIn } from './execution-arn.ts'
import { type ExecutionRecord, executions } from './execution-record.ts'

/**
 * Undefined when the caller's account has none of this ARN. The whole ARN counts: permission was asked on it, so nobody may
 * reach one execution under the name of another function.
 */
export async function findExecution(
  reader: Reader,
  arn: string,
  context: RequestContext,
): Promise<ExecutionRecord | undefined> {
  const key = executionKeyIn(arn, context)
  const found = key && (await executions.get(reader, key))
  return found && executionArn(found.value) === arn ? found.value : undefined
}

/** Throws ResourceNotFoundException. */
export async function requireExecution(reader: Reader, arn: string, context: RequestContext): Promise<ExecutionRecord> {
  const found = await findExecution(reader, arn, context)
  if (!found) throw executionNotFound(arn)
  return found
}
