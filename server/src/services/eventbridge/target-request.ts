// The targets of a PutTargets request: what AWS checks before it keeps them.
import { Constraints } from './constraints.ts'
import { invalidParameter, validation } from './errors.ts'
import { readJsonPath } from './json-path.ts'
import {
  ARN_CHARS_MAX,
  EVENT_AGE_MAX_S,
  EVENT_AGE_MIN_S,
  INPUT_PATH_CHARS_MAX,
  INPUT_PATHS_MAX,
  RETRIES_MAX,
  TARGET_INPUT_CHARS_MAX,
  TARGETS_PER_CALL_MAX,
} from './limits.ts'
import type { EventBridgeInput } from './model.ts'
import type { RuleTarget, TargetInput } from './rule.ts'
import { isJsonTemplate, placeholdersIn } from './target-document.ts'

type Given = NonNullable<EventBridgeInput<'PutTargets'>['Targets']>[number]

/** Parameters of services that nothing here is a target of; to ignore them would change what happens. */
const ELSEWHERE = [
  'KinesisParameters',
  'RunCommandParameters',
  'EcsParameters',
  'BatchParameters',
  'HttpParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'AppSyncParameters',
] as const

const ARN = /^arn:aws[\w-]*:[\w-]+:[\w-]*:(\d{12})?:.+$/

/** Throws ValidationException. */
export function readTargets(given: readonly Given[]): readonly RuleTarget[] {
  checkModel(given)
  return given.map(readTarget)
}

function checkModel(given: readonly Given[]): void {
  const constraints = new Constraints().count('targets', given, { min: 1, max: TARGETS_PER_CALL_MAX })
  for (const [index, target] of given.entries()) {
    const at = `targets.${index + 1}.member`
    const { InputTransformer: transformer, RetryPolicy: retry } = target
    constraints
      .targetId(`${at}.id`, target.Id)
      .arn(`${at}.arn`, target.Arn)
      .arn(`${at}.roleArn`, target.RoleArn)
      .length(`${at}.input`, target.Input, { min: 0, max: TARGET_INPUT_CHARS_MAX })
      .length(`${at}.inputPath`, target.InputPath, { min: 0, max: INPUT_PATH_CHARS_MAX })
      .length(`${at}.inputTransformer.inputTemplate`, transformer?.InputTemplate, {
        min: 1,
        max: TARGET_INPUT_CHARS_MAX,
      })
      .count(`${at}.inputTransformer.inputPathsMap`, Object.keys(transformer?.InputPathsMap ?? {}), {
        min: 0,
        max: INPUT_PATHS_MAX,
      })
      .length(`${at}.deadLetterConfig.arn`, target.DeadLetterConfig?.Arn, { min: 1, max: ARN_CHARS_MAX })
      .range(`${at}.retryPolicy.maximumRetryAttempts`, retry?.MaximumRetryAttempts, { min: 0, max: RETRIES_MAX })
      .range(`${at}.retryPolicy.maximumEventAgeInSeconds`, retry?.MaximumEventAgeInSeconds, {
        min: EVENT_AGE_MIN_S,
        max: EVENT_AGE_MAX_S,
      })
      .length(`${at}.sqsParameters.messageGroupId`, target.SqsParameters?.MessageGroupId, { min: 0, max: 128 })
  }
  constraints.check()
}

function readTarget(given: Given): RuleTarget {
  const { Id: id, Arn: arn, RoleArn, RetryPolicy, SqsParameters } = given
  if (!ARN.test(arn)) throw invalidParameter(arn, 'Provided Arn is not in correct format.')
  for (const name of ELSEWHERE)
    if (given[name] !== undefined) throw invalidParameter(name, `${name} does not apply to target ${id}.`)
  const deadLetterArn = given.DeadLetterConfig?.Arn
  checkDeadLetters(deadLetterArn)
  const messageGroupId = SqsParameters?.MessageGroupId
  checkQueue(id, arn, messageGroupId)
  return {
    id,
    arn,
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    input: readInput(given, id, arn),
    ...(deadLetterArn !== undefined && { deadLetterArn }),
    ...(RetryPolicy?.MaximumRetryAttempts !== undefined && { retriesMax: RetryPolicy.MaximumRetryAttempts }),
    ...(RetryPolicy?.MaximumEventAgeInSeconds !== undefined && { ageMaxS: RetryPolicy.MaximumEventAgeInSeconds }),
    ...(messageGroupId !== undefined && { messageGroupId }),
  }
}

function checkDeadLetters(arn: string | undefined): void {
  if (arn === undefined) return
  if (!/^arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/.test(arn))
    throw invalidParameter(arn, 'Provided Arn is not in correct format.')
  if (arn.endsWith('.fifo')) throw invalidParameter(arn, 'A dead-letter queue must be a standard queue.')
}

function checkQueue(id: string, arn: string, groupId: string | undefined): void {
  const isQueue = arn.split(':')[2] === 'sqs'
  if (isQueue && arn.endsWith('.fifo') && (groupId ?? '') === '')
    throw validation(`Parameter(s) SqsParameters must be specified for target: ${id}.`)
  if (!isQueue && groupId !== undefined)
    throw invalidParameter('SqsParameters', `SqsParameters does not apply to target ${id}.`)
}

function readInput({ Input, InputPath, InputTransformer }: Given, id: string, arn: string): TargetInput {
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1)
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`)
  if (Input === undefined && InputPath === undefined && InputTransformer === undefined) return { kind: 'event' }
  if (arn.split(':')[2] === 'events')
    throw validation(`Input, InputPath and InputTransformer are not available for target ${id}: it is an event bus.`)
  if (Input !== undefined) return { kind: 'constant', text: checkedJson(Input, id) }
  if (InputPath !== undefined) return { kind: 'path', path: checkedPath(InputPath, id) }
  return readTransformer(InputTransformer, id)
}

function checkedJson(text: string, id: string): string {
  try {
    JSON.parse(text)
    return text
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw validation(`JSON syntax error in input for target ${id} : ${reason}`)
  }
}

function checkedPath(path: string, id: string): string {
  if (readJsonPath(path) === undefined) throw validation(`Invalid InputPath for target ${id}.`)
  return path
}

function readTransformer(transformer: Given['InputTransformer'], id: string): TargetInput {
  const { InputPathsMap = {}, InputTemplate: template = '' } = transformer ?? {}
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (/^aws/i.test(name)) throw validation(`InputPathsMap for target ${id} has a key that begins with AWS: ${name}.`)
    if (!/^[\w-]{1,256}$/.test(name)) throw validation(`Invalid key in InputPathsMap for target ${id}: ${name}.`)
    if (path.length > INPUT_PATH_CHARS_MAX || readJsonPath(path) === undefined)
      throw validation(`Invalid InputPathsMap for target ${id}: ${name} is not a JSON path.`)
  }
  const unknown = placeholdersIn(template).filter(
    (name) => !name.startsWith('aws.events.') && !Object.hasOwn(InputPathsMap, name),
  )
  if (unknown.length > 0)
    throw validation(
      `InputTemplate for target ${id} has placeholders that are not in InputPathsMap: ${[...new Set(unknown)].join(', ')}.`,
    )
  if (!isJsonTemplate(template))
    throw validation(`Invalid InputTemplate for target ${id} : it must be JSON; put text in double quotes.`)
  return { kind: 'template', paths: InputPathsMap, template }
}

/** A target as ListTargetsByRule shows it. */
export function shownTarget({
  id,
  arn,
  roleArn,
  input,
  deadLetterArn,
  retriesMax,
  ageMaxS,
  messageGroupId,
}: RuleTarget) {
  return {
    Id: id,
    Arn: arn,
    ...(roleArn !== undefined && { RoleArn: roleArn }),
    ...(input.kind === 'constant' && { Input: input.text }),
    ...(input.kind === 'path' && { InputPath: input.path }),
    ...(input.kind === 'template' && {
      InputTransformer: { InputPathsMap: input.paths, InputTemplate: input.template },
    }),
    ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
    ...((retriesMax !== undefined || ageMaxS !== undefined) && {
      RetryPolicy: { MaximumRetryAttempts: retriesMax, MaximumEventAgeInSeconds: ageMaxS },
    }),
    ...(messageGroupId !== undefined && { SqsParameters: { MessageGroupId: messageGroupId } }),
  }
}
