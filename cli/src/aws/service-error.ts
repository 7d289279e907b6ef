// An error answer of a service, as an error of the command: what AWS called it, and what to do about it.
import { CliError, type ErrorCode } from '../errors.ts'
import type { ClientResponse } from './exchange.ts'
import type { Credentials } from './credentials.ts'

export interface ErrorContext {
  readonly endpoint: URL
  readonly about: string | undefined
  readonly credentials: Credentials
}

/** Reads restJson and awsJson errors: the code from a header or the body, the message from the body. */
export function serviceError(response: ClientResponse, context: ErrorContext): CliError {
  const { code, message } = parse(response)
  const requestId = response.headers['x-amzn-requestid']
  const details = { requestId: Array.isArray(requestId) ? requestId[0] : requestId }
  const kind = kindOf(code, response.status)
  const text = message === '' ? `${code} (HTTP ${response.status})` : `${code}: ${message}`
  switch (kind) {
    case 'MF2101':
      return new CliError(kind, text, {
        ...details,
        mend: context.about?.startsWith('function ')
          ? 'Deploy it with `mayfly deploy`, or look whether region and account are the ones you mean (--region, --profile).'
          : undefined,
      })
    case 'MF2102':
      return new CliError(kind, text, {
        ...details,
        why: `The request was signed with ${context.credentials.source}.`,
        mend: 'Use the key in <data>/credentials of the server: set AWS_SHARED_CREDENTIALS_FILE or MAYFLY_DATA.',
      })
    case 'MF2003':
      return new CliError(kind, text, {
        ...details,
        mend: `Look at the log of the server at ${context.endpoint.origin}.`,
      })
    default:
      return new CliError(kind, text, details)
  }
}

function parse(response: ClientResponse): { code: string; message: string } {
  const header = response.headers['x-amzn-errortype']
  let body: Record<string, unknown> = {}
  try {
    body = JSON.parse(response.body.toString('utf8')) as Record<string, unknown>
  } catch {
    // Not JSON: a proxy, or another server. The status has to do.
  }
  const raw = firstText(Array.isArray(header) ? header[0] : header, body['__type'], body['code'])
  const code = raw?.split(':')[0]?.split('#').at(-1) ?? `HTTP ${response.status}`
  return { code, message: firstText(body['message'], body['Message'], body['errorMessage'], body['error']) ?? '' }
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value) => typeof value === 'string')
}

const DENIED =
  /AccessDenied|NotAuthorized|InvalidSignature|SignatureDoesNotMatch|UnrecognizedClient|MissingAuthentication|InvalidClientTokenId|IncompleteSignature|ExpiredToken|InvalidAccessKeyId/

function kindOf(code: string, status: number): ErrorCode {
  if (status === 404 || /NotFound/.test(code)) return 'MF2101'
  if (DENIED.test(code) || status === 401 || status === 403) return 'MF2102'
  if (status === 409 || /Conflict|AlreadyExists/.test(code)) return 'MF2103'
  if (status >= 500) return 'MF2003'
  return 'MF2104'
}
