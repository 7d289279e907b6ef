// What AWS answers when a request is not believed: code, status and text differ between S3, the query protocol, and the
// JSON protocols. Sources: "Error responses" of the S3 API reference, the "Common Errors" pages of the other services,
// and what their endpoints answer.
import { formatAmzDate } from '#identity/claim.ts'
import { CLOCK_SKEW_MAX_MS } from '#identity/limits.ts'
import type { Refusal } from '#identity/refusal.ts'
import { AwsError } from '#protocol/errors.ts'
import type { ProtocolId } from '#protocol/wire.ts'

/** How a refusal is worded. `rest` differs from `json` in its statuses. */
export type Family = 's3' | 'query' | 'json' | 'rest'

export function familyOf(protocol: ProtocolId): Family {
  if (protocol === 'restXml') return 's3'
  if (protocol === 'awsQuery') return 'query'
  return protocol === 'restJson1' ? 'rest' : 'json'
}

/** The error that a client of this family understands. */
export function errorOf(refusal: Refusal, family: Family): AwsError {
  return family === 's3' ? errorOfS3(refusal) : errorOfOthers(refusal, family)
}

const S3_MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const S3_CONTENT_HASH =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.'

type Fields = Readonly<Record<string, unknown>>

function s3(code: string, status: number, message: string, fields: Fields = {}): AwsError {
  return new AwsError(code, status, message, { fields })
}

// oxlint-disable-next-line complexity -- one row per kind of refusal: a table in the form of a switch
function errorOfS3(refusal: Refusal): AwsError {
  switch (refusal.kind) {
    case 'missing':
      return s3('AccessDenied', 403, 'Access Denied')
    case 'two-mechanisms':
      return s3(
        'InvalidArgument',
        400,
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
        { ArgumentName: 'Authorization' },
      )
    case 'unsupported-mechanism':
      return s3(
        'InvalidRequest',
        400,
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      )
    case 'malformed-header':
      return s3('AuthorizationHeaderMalformed', 400, `The authorization header is malformed; ${refusal.detail}`)
    case 'malformed-query':
      return refusal.detail.startsWith('Query-string authentication requires')
        ? s3('AccessDenied', 403, refusal.detail)
        : s3('AuthorizationQueryParametersError', 400, refusal.detail)
    case 'wrong-service':
      return refusal.via === 'header'
        ? s3(
            'AuthorizationHeaderMalformed',
            400,
            `The authorization header is malformed; incorrect service "${refusal.claimed}". This endpoint belongs to "s3".`,
          )
        : s3(
            'AuthorizationQueryParametersError',
            400,
            `Error parsing the X-Amz-Credential parameter; incorrect service "${refusal.claimed}". This endpoint belongs to "s3".`,
          )
    case 'wrong-region':
      return refusal.via === 'header'
        ? s3(
            'AuthorizationHeaderMalformed',
            400,
            `The authorization header is malformed; the region '${refusal.claimed}' is wrong; expecting '${refusal.expected}'`,
            { Region: refusal.expected },
          )
        : s3(
            'AuthorizationQueryParametersError',
            400,
            `Error parsing the X-Amz-Credential parameter; the region '${refusal.claimed}' is wrong; expecting '${refusal.expected}'`,
            { Region: refusal.expected },
          )
    case 'wrong-date':
      return s3(
        'AuthorizationHeaderMalformed',
        400,
        `The authorization header is malformed; Invalid credential date "${refusal.scopeDate}". This date is not the same as X-Amz-Date: "${refusal.amzDate.slice(0, 8)}".`,
      )
    case 'headers-not-signed':
      return s3('AccessDenied', 403, 'There were headers present in the request which were not signed', {
        HeadersNotSigned: refusal.names.join(', '),
      })
    case 'unknown-key':
      return s3('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.', {
        AWSAccessKeyId: refusal.accessKeyId,
      })
    case 'invalid-token':
      return s3('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.')
    case 'expired-token':
      return s3('ExpiredToken', 400, 'The provided token has expired.')
    case 'skewed':
      return s3(
        'RequestTimeTooSkewed',
        403,
        'The difference between the request time and the current time is too large.',
        {
          RequestTime: refusal.amzDate,
          ServerTime: isoSeconds(refusal.nowMs),
          MaxAllowedSkewMilliseconds: CLOCK_SKEW_MAX_MS,
        },
      )
    case 'url-expired':
      return s3('AccessDenied', 403, 'Request has expired', {
        'X-Amz-Expires': refusal.expiresS,
        Expires: isoSeconds(refusal.expiredMs),
        ServerTime: isoSeconds(refusal.nowMs),
      })
    case 'url-not-yet-valid':
      return s3('AccessDenied', 403, 'Request is not valid yet')
    case 'signature-mismatch':
      return s3('SignatureDoesNotMatch', 403, S3_MISMATCH, {
        AWSAccessKeyId: refusal.accessKeyId,
        StringToSign: refusal.stringToSign,
        SignatureProvided: refusal.signature,
        ...(refusal.canonicalRequest !== undefined && { CanonicalRequest: refusal.canonicalRequest }),
      })
    case 'content-hash-missing':
      return s3('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256')
    case 'content-hash-invalid':
    case 'content-hash-not-allowed':
      return s3('InvalidArgument', 400, S3_CONTENT_HASH, {
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: refusal.value,
      })
    case 'content-hash-mismatch':
      return s3(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { ClientComputedContentSHA256: refusal.declared, S3ComputedContentSHA256: refusal.computed },
      )
    case 'incomplete-body':
      return s3(
        'IncompleteBody',
        400,
        'You did not provide the number of bytes specified by the Content-Length HTTP header.',
      )
    case 'malformed-chunk':
      return s3('InvalidRequest', 400, 'The aws-chunked body of this request is malformed.')
    case 'chunk-too-small':
      return s3('InvalidChunkSizeError', 403, 'Only the last chunk is allowed to have a size less than 8192 bytes')
    case 'malformed-trailer':
      return s3(
        'MalformedTrailerError',
        400,
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      )
    case 'decoded-length-missing':
      return s3('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  }
  return s3('InternalError', 500, 'We encountered an internal error. Please try again.')
}

/** Codes by family: the JSON protocols add `Exception` where the query protocol does not. */
const CODES = {
  missing: { query: 'MissingAuthenticationToken', json: 'MissingAuthenticationTokenException' },
  mismatch: { query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  incomplete: { query: 'IncompleteSignature', json: 'IncompleteSignatureException' },
  unknown: { query: 'InvalidClientTokenId', json: 'UnrecognizedClientException' },
  expired: { query: 'ExpiredToken', json: 'ExpiredTokenException' },
  malformed: { query: 'MalformedInput', json: 'SerializationException' },
} as const

function errorOfOthers(refusal: Refusal, family: Exclude<Family, 's3'>): AwsError {
  // awsJson endpoints answer 400 to whatever is wrong with the caller, the others 403.
  const refused = (kind: keyof typeof CODES, message: string): AwsError =>
    new AwsError(CODES[kind][family === 'query' ? 'query' : 'json'], family === 'json' ? 400 : 403, message)
  const badRequest = (kind: keyof typeof CODES, message: string): AwsError =>
    new AwsError(CODES[kind][family === 'query' ? 'query' : 'json'], 400, message)
  switch (refusal.kind) {
    case 'missing':
      return refused(
        'missing',
        family === 'query' ? 'Request is missing Authentication Token' : 'Missing Authentication Token',
      )
    case 'two-mechanisms':
      return badRequest(
        'incomplete',
        'Only one of the Authorization header and query-string authentication may be used',
      )
    case 'unsupported-mechanism':
      return badRequest('incomplete', "Unsupported AWS 'algorithm'. Use AWS4-HMAC-SHA256.")
    case 'malformed-header':
    case 'malformed-query':
      return badRequest('incomplete', refusal.detail)
    case 'wrong-service':
      return refused('mismatch', `Credential should be scoped to correct service: '${refusal.expected}'. `)
    case 'wrong-region':
      return refused('mismatch', 'Credential should be scoped to a valid region. ')
    case 'wrong-date':
      return refused(
        'mismatch',
        `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${refusal.scopeDate}' != '${refusal.amzDate.slice(0, 8)}', from '${refusal.amzDate}'.`,
      )
    case 'headers-not-signed':
      return refused('mismatch', refusal.names.map(notSigned).join(' '))
    case 'unknown-key':
    case 'invalid-token':
      return refused('unknown', 'The security token included in the request is invalid.')
    case 'expired-token':
      return refused('expired', 'The security token included in the request is expired')
    case 'skewed':
      return refused('mismatch', skewText(refusal.requestMs, refusal.nowMs))
    case 'url-expired':
      return refused(
        'mismatch',
        `Signature expired: ${formatAmzDate(refusal.expiredMs)} is now earlier than ${formatAmzDate(refusal.nowMs)}`,
      )
    case 'url-not-yet-valid':
      return refused('mismatch', 'Signature not yet current')
    case 'signature-mismatch':
      return refused('mismatch', MISMATCH)
    case 'content-hash-missing':
    case 'content-hash-invalid':
    case 'content-hash-not-allowed':
      return refused(
        'mismatch',
        'x-amz-content-sha256 must be the SHA-256 of the payload in lower-case hexadecimal digits.',
      )
    case 'content-hash-mismatch':
      return refused('mismatch', MISMATCH)
    case 'incomplete-body':
    case 'malformed-chunk':
    case 'chunk-too-small':
    case 'malformed-trailer':
    case 'decoded-length-missing':
      return badRequest('malformed', 'The body of the request is incomplete.')
  }
  return badRequest('malformed', 'The request could not be read.')
}

function notSigned(name: string): string {
  const shown = name === 'host' ? "'Host' or ':authority'" : `'${name}'`
  return `${shown} must be a 'SignedHeader' in the AWS Authorization.`
}

/** AWS shows both limits of the window, in the form that was signed. */
function skewText(requestMs: number, nowMs: number): string {
  const [request, now] = [formatAmzDate(requestMs), formatAmzDate(nowMs)]
  return requestMs < nowMs
    ? `Signature expired: ${request} is now earlier than ${formatAmzDate(nowMs - CLOCK_SKEW_MAX_MS)} (${now} - 15 min.)`
    : `Signature not yet current: ${request} is still later than ${formatAmzDate(nowMs + CLOCK_SKEW_MAX_MS)} (${now} + 15 min.)`
}

function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
