// Dead-letter queues: which queue sends where after how many receives (RedrivePolicy, of the source), and who may do so
// (RedriveAllowPolicy, of the dead-letter queue).
import { parseQueueArn, queueArn, type QueueName } from './arn.ts'
import { invalidValue } from './errors.ts'
import { parseJsonMap } from './json-map.ts'
import { RECEIVE_COUNT_MAX, REDRIVE_SOURCES_MAX } from './limits.ts'

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string
  readonly maxReceiveCount: number
}

export type RedriveAllowPolicy =
  | { readonly kind: 'allowAll' | 'denyAll' }
  | { readonly kind: 'byQueue'; readonly sourceQueueArns: readonly string[] }

/** Throws InvalidParameterValue. Whether the target exists is asked elsewhere. */
export function readRedrivePolicy(text: string): RedrivePolicy {
  const refuse = (reason: string): never => {
    throw invalidValue(text, 'RedrivePolicy', reason)
  }
  const policy = parseJsonMap(text) ?? refuse('Redrive policy is not a valid JSON map.')
  for (const name of Object.keys(policy))
    if (name !== 'deadLetterTargetArn' && name !== 'maxReceiveCount') refuse(`Unknown attribute: ${name}.`)
  const { deadLetterTargetArn: arn, maxReceiveCount: count } = policy
  if (arn === undefined) refuse('Redrive policy does not contain mandatory attribute: deadLetterTargetArn.')
  if (count === undefined) refuse('Redrive policy does not contain mandatory attribute: maxReceiveCount.')
  if (typeof arn !== 'string' || parseQueueArn(arn) === undefined)
    return refuse(`Invalid value for deadLetterTargetArn.`)
  const maxReceiveCount = typeof count === 'string' && /^\d+$/.test(count) ? Number(count) : count
  if (typeof maxReceiveCount !== 'number' || !isCount(maxReceiveCount))
    return refuse(
      `Invalid value for maxReceiveCount: ${String(count)}, valid values are from 1 to ${RECEIVE_COUNT_MAX} both inclusive.`,
    )
  return { deadLetterTargetArn: arn, maxReceiveCount }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= RECEIVE_COUNT_MAX
}

/** Throws InvalidParameterValue. */
export function readRedriveAllowPolicy(text: string): RedriveAllowPolicy {
  const refuse = (reason: string): never => {
    throw invalidValue(text, 'RedriveAllowPolicy', reason)
  }
  const policy = parseJsonMap(text) ?? refuse('Redrive allow policy is not a valid JSON map.')
  const { redrivePermission: kind, sourceQueueArns: arns } = policy
  if (kind !== 'allowAll' && kind !== 'denyAll' && kind !== 'byQueue')
    return refuse('redrivePermission must be one of allowAll, denyAll or byQueue.')
  if (kind !== 'byQueue') return arns === undefined ? { kind } : refuse(`sourceQueueArns is only valid with byQueue.`)
  if (!Array.isArray(arns) || arns.length === 0 || arns.length > REDRIVE_SOURCES_MAX)
    return refuse(`sourceQueueArns must have 1 to ${REDRIVE_SOURCES_MAX} ARNs.`)
  const sourceQueueArns = arns.map((arn: unknown) =>
    typeof arn === 'string' && parseQueueArn(arn) !== undefined ? arn : refuse('sourceQueueArns has an invalid ARN.'),
  )
  return { kind, sourceQueueArns }
}

/** What of a dead-letter queue decides whether a source may use it. */
export interface DeadLetterTarget extends QueueName {
  readonly isFifo: boolean
  readonly redriveAllowPolicy: string | undefined
}

/** Throws InvalidParameterValue unless `source` may send its dead letters to `target`. `text` is the policy as sent. */
export function demandRedriveTarget(
  text: string,
  source: QueueName & { readonly isFifo: boolean },
  target: DeadLetterTarget | undefined,
): void {
  const refuse = (reason: string): never => {
    throw invalidValue(text, 'RedrivePolicy', reason)
  }
  if (target === undefined) return refuse('Dead letter target does not exist.')
  if (target.account !== source.account) refuse('Dead-letter target owner should be same as the source.')
  if (target.region !== source.region) refuse('Dead-letter target must be in same region as the source.')
  if (target.isFifo !== source.isFifo) refuse('Dead-letter queue must be same type of queue as the source.')
  if (!mayRedrive(queueArn(source), target)) refuse('Dead letter target does not allow this queue as a source.')
}

function mayRedrive(sourceArn: string, { redriveAllowPolicy }: DeadLetterTarget): boolean {
  if (redriveAllowPolicy === undefined) return true
  const allow = readRedriveAllowPolicy(redriveAllowPolicy)
  switch (allow.kind) {
    case 'allowAll':
      return true
    case 'denyAll':
      return false
    case 'byQueue':
      return allow.sourceQueueArns.includes(sourceArn)
  }
}
