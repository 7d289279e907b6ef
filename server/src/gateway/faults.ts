// The gateway's own error answers, in the words of each family: limits, overload, what is not built, and bugs.
import { BodyRefused } from '#identity/refusal.ts'
import { AwsError } from '#protocol/errors.ts'
import type { ServiceId } from '#protocol/services.ts'
import { errorOf, type Family } from './refusals.ts'
import { BodiesFull, BodyStalled, BodyTooLarge } from './request-body.ts'

/** What a client may see of anything thrown; undefined for a bug, which the caller logs. */
export function knownError(thrown: unknown, family: Family, operation: string | undefined): AwsError | undefined {
  if (thrown instanceof AwsError) return thrown
  if (thrown instanceof BodyRefused) return errorOf(thrown.refusal, family)
  if (thrown instanceof BodyTooLarge) return tooLarge(family, thrown.bytesMax, operation)
  if (thrown instanceof BodyStalled) return stalled(family)
  if (thrown instanceof BodiesFull) return overloaded(family)
  return undefined
}

/** Lambda calls its operation by the name of the permission in this message. */
const TOLD_AS: Readonly<Record<string, string>> = { Invoke: 'InvokeFunction' }

export function tooLarge(family: Family, bytesMax: number, operation: string | undefined): AwsError {
  if (family === 's3') return new AwsError('MaxMessageLengthExceeded', 400, 'Your request was too large.')
  const told = operation === undefined ? '' : ` for the ${TOLD_AS[operation] ?? operation} operation`
  const code = family === 'query' ? 'RequestEntityTooLarge' : 'RequestEntityTooLargeException'
  return new AwsError(code, 413, `Request must be smaller than ${bytesMax} bytes${told}`)
}

function stalled(family: Family): AwsError {
  return family === 's3'
    ? new AwsError(
        'RequestTimeout',
        400,
        'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
      )
    : new AwsError(
        family === 'query' ? 'RequestTimeout' : 'RequestTimeoutException',
        408,
        'The request body did not arrive in time.',
      )
}

/** Too many requests from there, or with this key, were not believed. */
export function tooManyFailures(family: Family): AwsError {
  const headers = { 'retry-after': '1' }
  switch (family) {
    case 's3':
      return new AwsError('SlowDown', 503, 'Please reduce your request rate.', { headers })
    case 'query':
      return new AwsError('Throttling', 400, 'Rate exceeded', { headers })
    case 'json':
      return new AwsError('ThrottlingException', 400, 'Rate exceeded', { headers })
    case 'rest':
      return new AwsError('TooManyRequestsException', 429, 'Rate exceeded', { headers })
  }
}

/** A queue is full, or the server is draining: worth another attempt. */
export function overloaded(family: Family): AwsError {
  const headers = { 'retry-after': '1' }
  return family === 's3'
    ? new AwsError('SlowDown', 503, 'Please reduce your request rate.', { headers })
    : new AwsError(
        family === 'query' ? 'ServiceUnavailable' : 'ServiceUnavailableException',
        503,
        'The request has failed due to a temporary failure of the server.',
        { headers },
      )
}

const DISK_FULL =
  'The disk of this server is full, or nearly, so nothing is stored that takes more of it. Delete what is not needed, or make room on the disk of the data folder; writes go on by themselves then.'

/** The disk has no room: another attempt is worth it when somebody made some. Clients do not repeat 507 by themselves. */
export function diskFull(family: Family): AwsError {
  return family === 's3'
    ? new AwsError('InsufficientStorage', 507, DISK_FULL)
    : new AwsError(family === 'query' ? 'ServiceUnavailable' : 'ServiceUnavailableException', 503, DISK_FULL)
}

const TOO_OFTEN = 'Rate exceeded'

/** The account is over its quota of requests: worth another attempt after `waitMs`. */
export function throttled(service: ServiceId, family: Family, waitMs: number): AwsError {
  const seconds = String(Math.ceil(waitMs / 1000))
  const headers = { 'retry-after': seconds }
  if (service === 's3') return new AwsError('SlowDown', 503, 'Please reduce your request rate.', { headers })
  if (service === 'lambda')
    return new AwsError('TooManyRequestsException', 429, 'Rate Exceeded.', {
      fields: { Type: 'User', Reason: 'CallerRateLimitExceeded', retryAfterSeconds: seconds },
      headers,
    })
  if (service === 'dynamodb')
    return new AwsError(
      'RequestLimitExceeded',
      400,
      'Throughput exceeds the current throughput limit for your account.',
    )
  if (service === 'sqs')
    return new AwsError('RequestThrottled', 403, 'The request was denied due to request throttling.')
  if (family === 'query') return new AwsError('Throttling', 400, TOO_OFTEN)
  return family === 'rest'
    ? new AwsError('TooManyRequestsException', 429, TOO_OFTEN, { headers })
    : new AwsError('ThrottlingException', 400, TOO_OFTEN)
}

/** A bug: nothing of its message leaves the server. */
export function internalFailure(family: Family): AwsError {
  if (family === 's3') return new AwsError('InternalError', 500, 'We encountered an internal error. Please try again.')
  return new AwsError(
    family === 'rest' ? 'ServiceException' : 'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
  )
}

/** Never a silent success: says what is missing and where to look. */
export function notImplemented(service: ServiceId, operation: string): AwsError {
  return new AwsError(
    'NotImplemented',
    501,
    `Mayfly does not have ${service} ${operation} yet. What is built: /_mayfly/health, and docs/services in the repository.`,
  )
}

/** The caller may not; `message` says what, in AWS's words. */
export function accessDenied(family: Family, service: ServiceId, message: string): AwsError {
  if (service === 'sns') return new AwsError('AuthorizationError', 403, message)
  return new AwsError(
    family === 'query' || family === 's3' ? 'AccessDenied' : 'AccessDeniedException',
    family === 'json' ? 400 : 403,
    message,
  )
}

/** `dev` takes any credentials: a web page of some other site must not profit from that. */
export function foreignPage(family: Family): AwsError {
  return new AwsError(
    family === 's3' || family === 'query' ? 'AccessDenied' : 'AccessDeniedException',
    403,
    'mayfly dev answers local callers only: the Host must be an address or a local name, and an Origin, if any, local too. `mayfly start` takes any Host, and checks signatures instead.',
  )
}
