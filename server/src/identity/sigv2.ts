// Signature Version 2 in the query, for S3 only: what older clients presign with by default (botocore without an
// explicit signature version). AWS: "Signing and authenticating REST requests (AWS signature version 2)".
import { createHmac } from 'node:crypto'
import { decodeQueryValue, type SignedRequest } from './canonical.ts'
import type { V2Claim } from './claim.ts'
import { equalInConstantTime } from './hmac.ts'
import type { Refusal } from './refusal.ts'

/** Query parameters that are part of the resource and so of the signature. */
const SIGNED_PARAMETERS = new Set([
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'defaultObjectAcl',
  'delete',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'retention',
  'select',
  'select-type',
  'storageClass',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
])

/** The text that is signed. `path` must begin with the bucket, also when the bucket came in the host. */
export function stringToSignV2(claim: Pick<V2Claim, 'expires'>, request: SignedRequest): string | undefined {
  const fields: (readonly [string, string | undefined])[] = []
  for (const part of request.query === '' ? [] : request.query.split('&')) {
    const equals = part.indexOf('=')
    const value = equals === -1 ? undefined : decodeQueryValue(part.slice(equals + 1))
    if (equals !== -1 && value === undefined) return undefined
    fields.push([decodeQueryValue(equals === -1 ? part : part.slice(0, equals)) ?? '', value])
  }
  const resource = fields.filter(([name]) => SIGNED_PARAMETERS.has(name)).toSorted(byName)
  const query = resource
    .map(([name, value]) => (value === undefined || value === '' ? name : `${name}=${value}`))
    .join('&')
  const content = (name: string): string => request.headers[name] ?? fields.find(([field]) => field === name)?.[1] ?? ''
  return [
    request.method,
    content('content-md5'),
    content('content-type'),
    claim.expires,
    `${amzHeaders(request, fields)}${request.path}${query === '' ? '' : `?${query}`}`,
  ].join('\n')
}

/** `name:value` lines, sorted; botocore moves such headers (the session token) into the query. */
function amzHeaders(request: SignedRequest, fields: readonly (readonly [string, string | undefined])[]): string {
  const values = new Map<string, string>()
  for (const [name, value] of fields) if (name.startsWith('x-amz-')) values.set(name, value ?? '')
  for (const name in request.headers) if (name.startsWith('x-amz-')) values.set(name, request.headers[name] ?? '')
  return [...values]
    .toSorted(byName)
    .map(([name, value]) => `${name}:${value.trim()}\n`)
    .join('')
}

function byName(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  if (left[0] === right[0]) return 0
  return left[0] < right[0] ? -1 : 1
}

/** The time of life: enforced even where signatures are not. */
export function checkLifeV2(claim: V2Claim, nowMs: number): Refusal | undefined {
  const expiredMs = claim.expiresS * 1000
  return expiredMs < nowMs ? { kind: 'url-expired', expiresS: claim.expiresS, expiredMs, nowMs } : undefined
}

/** Undefined when the signature is the one that `secret` makes. */
export function verifyV2(claim: V2Claim, request: SignedRequest, secret: string): Refusal | undefined {
  const stringToSign = stringToSignV2(claim, request)
  if (stringToSign !== undefined) {
    const expected = createHmac('sha1', secret).update(stringToSign, 'utf8').digest('base64')
    if (equalInConstantTime(expected, claim.signature)) return undefined
  }
  return {
    kind: 'signature-mismatch',
    accessKeyId: claim.accessKeyId,
    stringToSign: stringToSign ?? '',
    canonicalRequest: undefined,
    signature: claim.signature,
  }
}
