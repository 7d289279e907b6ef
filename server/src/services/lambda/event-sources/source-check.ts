// Asked before a mapping is stored: is its function there, may its source be read, does its destination take failures.
import type { QueueDescription } from '#events/queue-source.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { findVersion } from '../deployed-versions.ts'
import { requireDurableCall } from '../durable/durable-call.ts'
import { invalidParameter, resourceConflict } from '../errors.ts'
import { type FunctionRef, parseOwnFunctionName, qualifiedArn } from '../function-name.ts'
import type { VersionRecord } from '../function-record.ts'
import type { LambdaPorts } from '../ports.ts'
import { checkDestination } from '../destinations.ts'
import type { MappingRecord } from './mapping-record.ts'
import { refuseBesideTenants } from '../tenancy.ts'
import { requireReadable } from './source-access.ts'

export interface MappedFunction {
  readonly ref: FunctionRef
  readonly arn: string
  readonly version: VersionRecord
}

/** Throws InvalidParameterValueException when there is no such function. */
export async function mappedFunction(
  { store }: Pick<LambdaPorts, 'store'>,
  functionName: string,
  context: RequestContext,
): Promise<MappedFunction> {
  const ref = parseOwnFunctionName(functionName, context)
  const found = await findVersion(store, ref)
  if (!found) throw invalidParameter('Function does not exist')
  refuseBesideTenants(found.record, 'An event source mapping')
  // A batch waits for the end of its execution.
  requireDurableCall({ ref, record: found.record }, { waits: true })
  return { ref, arn: qualifiedArn(ref), version: found.record }
}

/** Throws InvalidParameterValueException when the queue is not there, or shows its messages again too early. */
export async function checkQueue(
  { queueSourceFor, roles }: Pick<LambdaPorts, 'queueSourceFor' | 'roles'>,
  arn: string,
  { version, ref }: MappedFunction,
): Promise<void> {
  await requireReadable(roles, arn, { role: version.role, account: ref.account })
  const queue: QueueDescription | undefined = await queueSourceFor(arn)?.describe(arn)
  if (!queue)
    throw invalidParameter(
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
    )
  if (queue.visibilityTimeoutMs < version.timeoutS * 1000)
    throw invalidParameter(
      `Queue visibility timeout: ${queue.visibilityTimeoutMs / 1000} seconds is less than Function timeout: ${version.timeoutS} seconds`,
    )
}

/** Throws InvalidParameterValueException when the stream is not there. */
export async function checkStream(
  { streamSourceFor, roles }: Pick<LambdaPorts, 'streamSourceFor' | 'roles'>,
  arn: string,
  { version, ref }: MappedFunction,
): Promise<void> {
  await requireReadable(roles, arn, { role: version.role, account: ref.account })
  const source = streamSourceFor(arn)
  if (source === undefined)
    throw invalidParameter(`Mayfly has no such streams yet: nothing here can be read by the ARN ${arn}.`)
  if ((await source.shards(arn)) === undefined) throw invalidParameter(`Stream not found: ${arn}`)
}

/** Where a stream's mapping sends what it gives up. */
export async function checkOnFailure(
  ports: Pick<LambdaPorts, 'targetFor'>,
  arn: string | undefined,
  { version, ref }: MappedFunction,
): Promise<void> {
  if (arn !== undefined)
    await checkDestination(ports, arn, ['sqs', 'sns', 's3'], { role: version.role, account: ref.account })
}

export function alreadyMapped(record: MappingRecord, functionName: string, uuid: string): Error {
  const begin =
    record.kind === 'queue'
      ? `An event source mapping with SQS arn (" ${record.sourceArn} ") and function (" ${functionName} ")`
      : `The event source arn (" ${record.sourceArn} ") and function (" ${functionName} ") provided mapping`
  return resourceConflict(`${begin} already exists. Please update or delete the existing mapping with UUID ${uuid}`)
}
