// Places outside Lambda that it sends to: destinations of asynchronous invocations and of mappings, dead-letter queues.
// A function sends with its execution role, so that is who asks.
import { invalidParameter } from './errors.ts'
import type { LambdaPorts } from './ports.ts'

/** The service field of an ARN. */
export function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? ''
}

const NAMES: Readonly<Record<string, string>> = {
  sqs: 'SQS',
  sns: 'SNS',
  lambda: 'Lambda',
  events: 'EventBridge',
  s3: 'S3',
}
const ACTIONS: Readonly<Record<string, string>> = {
  sqs: 'SendMessage',
  sns: 'Publish',
  lambda: 'Invoke',
  events: 'PutEvents',
  s3: 'PutObject',
}

/** Throws InvalidParameterValueException for a place that cannot take events, or not from this role. */
export async function checkDestination(
  { targetFor }: Pick<LambdaPorts, 'targetFor'>,
  arn: string,
  allowed: readonly string[],
  sender: { readonly role: string; readonly account: string },
): Promise<void> {
  const service = serviceOf(arn)
  if (!allowed.includes(service)) throw invalidParameter(`The provided destination ${arn} is invalid.`)
  if (service === 's3' && arn.includes('/')) throw invalidParameter(`The provided destination ${arn} is invalid.`)
  if (service === 'sqs' && arn.endsWith('.fifo'))
    throw invalidParameter(`The provided destination ${arn} is invalid: FIFO queues are not supported.`)
  const target = targetFor(arn)
  if (target === undefined)
    throw invalidParameter(`Mayfly has nothing yet that takes events for ${arn}. Use a queue, a topic or a function.`)
  const refusal = await target.refusal(arn, { principal: sender.role, sourceArn: arn, account: sender.account })
  if (refusal !== undefined)
    throw invalidParameter(
      `The provided execution role does not have permissions to call ${ACTIONS[service]} on ${NAMES[service]}: ${refusal}`,
    )
}

/** The dead-letter queue of a function, if it has one: a queue or a topic. */
export async function checkDeadLetterQueue(
  ports: Pick<LambdaPorts, 'targetFor'>,
  { deadLetterArn, role }: { readonly deadLetterArn: string | undefined; readonly role: string },
  account: string,
): Promise<void> {
  if (deadLetterArn !== undefined) await checkDestination(ports, deadLetterArn, ['sqs', 'sns'], { role, account })
}
