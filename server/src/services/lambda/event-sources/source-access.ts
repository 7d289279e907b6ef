// May the role of a function read its event source? Lambda reads with that role. Source: developer guide, "Using Lambda with
// Amazon SQS" and "Process DynamoDB records with Lambda", execution role permissions.
import { invalidParameter } from '../errors.ts'
import type { ExecutionRoles, RoleHolder } from '../ports.ts'
import { serviceOf } from '../destinations.ts'

const QUEUE_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
const TABLE_STREAM_ACTIONS = ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream']
const STREAM_ACTIONS = ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream']

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  sqs: QUEUE_ACTIONS,
  dynamodb: TABLE_STREAM_ACTIONS,
  kinesis: STREAM_ACTIONS,
}

/** The first action that the role lacks on the source; undefined when it may read it. */
export async function readRefusal(
  roles: Pick<ExecutionRoles, 'refusal'>,
  sourceArn: string,
  holder: RoleHolder,
): Promise<string | undefined> {
  for (const action of ACTIONS[serviceOf(sourceArn)] ?? [])
    if ((await roles.refusal(holder, action, sourceArn)) !== undefined) return action
  return undefined
}

/** Throws InvalidParameterValueException in the words of Lambda. */
export async function requireReadable(
  roles: Pick<ExecutionRoles, 'refusal'>,
  sourceArn: string,
  holder: RoleHolder,
): Promise<void> {
  const missing = await readRefusal(roles, sourceArn, holder)
  if (missing === undefined) return
  const [service = '', action = ''] = missing.split(':')
  throw invalidParameter(
    service === 'sqs'
      ? `The provided execution role does not have permissions to call ${action} on SQS`
      : `Cannot access stream ${sourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
  )
}
