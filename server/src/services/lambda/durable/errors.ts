// The errors of durable executions. Source: API reference of their operations; what the model leaves open is worded as
// AWS's own testing library words it.
import { AwsError } from '#protocol/errors.ts'
import { invalidParameter, resourceNotFound } from '../errors.ts'

const USER = { Type: 'User' }

/** To whoever calls a durable function without a version, an alias or $LATEST. */
export const UNQUALIFIED = 'You cannot invoke a durable function using an unqualified ARN.'

export function executionNotFound(arn: string): AwsError {
  return resourceNotFound(`Durable execution not found: ${arn}`)
}

export function callbackNotFound(): AwsError {
  return resourceNotFound('The callback does not exist.')
}

/** SDKs know it by its first words: they end the invocation, and another one follows. */
export function invalidCheckpointToken(): AwsError {
  return invalidParameter('Invalid Checkpoint Token')
}

/** 400: nobody waits for it any more. */
export function callbackClosed(): AwsError {
  return new AwsError('CallbackTimeoutException', 400, 'The callback has expired, or the callback is already closed.', {
    fields: USER,
  })
}

/** 409: there is an execution of this name, with another input. */
export function alreadyStarted(name: string): AwsError {
  return new AwsError(
    'DurableExecutionAlreadyStartedException',
    409,
    `The durable execution ${name} has already been started with another payload. Use another name.`,
    { fields: USER },
  )
}
