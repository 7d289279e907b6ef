// What the operations on event invoke configurations share: finding the version that is meant, and the answer.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { type AsyncSettings, asyncSettings, UNQUALIFIED } from './async-settings.ts'
import { Constraints } from './constraints.ts'
import { findVersion, type FoundVersion } from './deployed-versions.ts'
import { checkDestination, serviceOf } from './destinations.ts'
import { invalidParameter, resourceNotFound } from './errors.ts'
import { type FunctionRef, functionArn, parseFunctionArn, parseFunctionName } from './function-name.ts'
import { ASYNC_AGE_S_MAX, ASYNC_AGE_S_MIN, ASYNC_RETRIES_MAX } from './limits.ts'
import type { LambdaInput, LambdaOutput } from './model.ts'
import type { LambdaPorts } from './ports.ts'

export type AsyncConfigAnswer = LambdaOutput<'GetFunctionEventInvokeConfig'>
export type AsyncConfigInput = LambdaInput<'PutFunctionEventInvokeConfig'>

/** Services that take records of either kind; buckets take those of failures. Source: Lambda API reference, DestinationConfig. */
const DESTINATIONS: readonly string[] = ['lambda', 'sqs', 'sns', 'events']

export interface AsyncOwner extends FoundVersion {
  readonly ref: FunctionRef
  readonly qualifier: string
}

/** The version that is configured. Throws ResourceNotFoundException. */
export async function asyncOwner(
  reader: Reader,
  input: { readonly FunctionName: string | undefined; readonly Qualifier?: string | undefined },
  context: RequestContext,
): Promise<AsyncOwner> {
  const ref = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context)
  const found = await findVersion(reader, ref)
  if (!found) throw resourceNotFound("The function doesn't exist.")
  return { ...found, ref, qualifier: ref.qualifier ?? UNQUALIFIED }
}

/** The settings of that version. Throws ResourceNotFoundException when it has none. */
export async function requireSettings(reader: Reader, { owner, ref, qualifier }: AsyncOwner): Promise<AsyncSettings> {
  const found = await asyncSettings.get(reader, [owner.id, qualifier])
  if (!found) throw resourceNotFound(`The function ${functionArn(ref)}:${qualifier} doesn't have an EventInvokeConfig`)
  return found.value
}

/** The settings after `input` on `before`, checked as AWS checks them. */
export async function settingsAfter(
  ports: Pick<LambdaPorts, 'targetFor' | 'clock'>,
  input: AsyncConfigInput,
  { ref, record }: AsyncOwner,
  before: AsyncSettings | undefined,
): Promise<AsyncSettings> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input
  new Constraints()
    .range('maximumRetryAttempts', MaximumRetryAttempts, { min: 0, max: ASYNC_RETRIES_MAX })
    .range('maximumEventAgeInSeconds', MaximumEventAgeInSeconds, { min: ASYNC_AGE_S_MIN, max: ASYNC_AGE_S_MAX })
    .length('destinationConfig.onSuccess.destination', DestinationConfig?.OnSuccess?.Destination, { max: 350 })
    .length('destinationConfig.onFailure.destination', DestinationConfig?.OnFailure?.Destination, { max: 350 })
    .check()
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && DestinationConfig === undefined)
    throw invalidParameter('You must specify at least one of error handling or destination setting.')
  const settings = {
    retriesMax: MaximumRetryAttempts ?? before?.retriesMax,
    ageMaxS: MaximumEventAgeInSeconds ?? before?.ageMaxS,
    onSuccessArn: DestinationConfig ? DestinationConfig.OnSuccess?.Destination || undefined : before?.onSuccessArn,
    onFailureArn: DestinationConfig ? DestinationConfig.OnFailure?.Destination || undefined : before?.onFailureArn,
    lastModifiedMs: ports.clock.nowMs(),
  }
  const sender = { role: record.role, account: ref.account }
  const places = [
    [settings.onSuccessArn, DESTINATIONS],
    [settings.onFailureArn, [...DESTINATIONS, 's3']],
  ] as const
  for (const [arn, allowed] of places) {
    if (arn === undefined) continue
    const target = serviceOf(arn) === 'lambda' ? parseFunctionArn(arn) : undefined
    if (target && functionArn(target) === functionArn(ref))
      throw invalidParameter("You can't specify the function as a destination for itself.")
    await checkDestination(ports, arn, allowed, sender)
  }
  return settings
}

export function asyncConfigAnswer(
  ref: Pick<FunctionRef, 'account' | 'region' | 'name'>,
  qualifier: string,
  settings: AsyncSettings,
): AsyncConfigAnswer {
  const destination = (arn: string | undefined): { Destination?: string } =>
    arn === undefined ? {} : { Destination: arn }
  return {
    LastModified: new Date(settings.lastModifiedMs),
    FunctionArn: `${functionArn(ref)}:${qualifier}`,
    ...(settings.retriesMax !== undefined && { MaximumRetryAttempts: settings.retriesMax }),
    ...(settings.ageMaxS !== undefined && { MaximumEventAgeInSeconds: settings.ageMaxS }),
    DestinationConfig: { OnSuccess: destination(settings.onSuccessArn), OnFailure: destination(settings.onFailureArn) },
  }
}
