// What a request says about who sent it, before anything is verified. Pure; the gateway reads the claim first, because the
// service name in it takes part in detection.
import { decodeQueryValue, type SignedRequest } from './canonical.ts'
import { CREDENTIAL_HEAD_CHARS_MAX, CREDENTIAL_HEADS_MAX } from './limits.ts'
import type { Refusal } from './refusal.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const TERMINATOR = 'aws4_request'

/** What a client says in the same words with each request of a day. */
interface CredentialHead {
  readonly accessKeyId: string
  /** `YYYYMMDD` of the credential scope. */
  readonly scopeDate: string
  readonly region: string
  readonly service: string
  /** `date/region/service/aws4_request`. */
  readonly scope: string
  /** The access key id, a slash, and the scope. */
  readonly credential: string
  /** Lower-case names, in the order they were signed. */
  readonly signedHeaders: readonly string[]
  /** The same, with semicolons between them. */
  readonly signedNames: string
}

/** A Signature Version 4, in the Authorization header or in the query (presigned URL). */
export interface V4Claim extends CredentialHead {
  readonly kind: 'v4'
  readonly via: 'header' | 'query'
  readonly signature: string
  /** `YYYYMMDD'T'HHMMSS'Z'`. */
  readonly amzDate: string
  readonly requestMs: number
  /** Presigned: seconds of life after `requestMs`. */
  readonly expiresS: number | undefined
  readonly sessionToken: string | undefined
}

/** A Signature Version 2 in the query: S3 only. */
export interface V2Claim {
  readonly kind: 'v2'
  readonly accessKeyId: string
  readonly signature: string
  /** The moment of expiry, in seconds since 1970, as sent. */
  readonly expires: string
  readonly expiresS: number
  readonly sessionToken: string | undefined
}

export interface MalformedClaim {
  readonly kind: 'malformed'
  readonly refusal: Refusal
  /** What could be read nevertheless: enough to answer in the right protocol, and for lenient mode. */
  readonly accessKeyId?: string
  readonly service?: string
  readonly region?: string
}

export type Claim = { readonly kind: 'none' } | V4Claim | V2Claim | MalformedClaim

const NONE: Claim = { kind: 'none' }
const QUERY_SIGNATURE = /(?:^|&)(X-Amz-(?:Algorithm|Credential|Signature)|AWSAccessKeyId)=/

/** Reads the claim of a request. Never throws. */
export function readClaim(request: SignedRequest): Claim {
  const header = request.headers['authorization']
  const inQuery = request.query === '' ? null : QUERY_SIGNATURE.exec(request.query)
  if (header !== undefined) {
    if (inQuery !== null && isAwsScheme(header)) return { kind: 'malformed', refusal: { kind: 'two-mechanisms' } }
    return readHeader(header, request)
  }
  if (inQuery === null) return NONE
  return inQuery[1] === 'AWSAccessKeyId' ? readV2Query(request) : readV4Query(request)
}

function isAwsScheme(header: string): boolean {
  return header.startsWith('AWS')
}

/** The header as all SDKs write it; anything else is taken apart field by field, to say what is wrong with it. */
const USUAL_HEAD =
  /^AWS4-HMAC-SHA256 Credential=(([^/,\s]+)\/((\d{8})\/([^/,\s]*)\/([^/,\s]+)\/aws4_request)), ?SignedHeaders=([^,\s]+), ?Signature=$/

const SIGNATURE_CHARS = 64
const SIGNATURE = /^[0-9a-f]{64}$/

/** By their text: all of a usual header but the signature. */
const heads = new Map<string, CredentialHead>()

function readHeader(header: string, request: SignedRequest): Claim {
  const amzDate = request.headers['x-amz-date']
  const requestMs = parseAmzDate(amzDate)
  const signature = header.slice(-SIGNATURE_CHARS)
  const head = SIGNATURE.test(signature) ? credentialHead(header) : undefined
  if (head === undefined || amzDate === undefined || requestMs === undefined) return readUnusualHeader(header, request)
  const { accessKeyId, scopeDate, region, service, scope, credential, signedHeaders, signedNames } = head
  return {
    kind: 'v4',
    via: 'header',
    accessKeyId,
    scopeDate,
    region,
    service,
    scope,
    credential,
    signedHeaders,
    signedNames,
    signature,
    amzDate,
    requestMs,
    expiresS: undefined,
    sessionToken: request.headers['x-amz-security-token'],
  }
}

/** What a usual header says before the signature at its end; undefined for an unusual one. */
function credentialHead(header: string): CredentialHead | undefined {
  const text = header.slice(0, -SIGNATURE_CHARS)
  const known = heads.get(text)
  if (known !== undefined) return known
  const usual = USUAL_HEAD.exec(text)
  if (usual === null) return undefined
  const [, credential = '', accessKeyId = '', scope = '', scopeDate = '', region = '', service = '', names = ''] = usual
  const signedHeaders = names.split(';')
  const head = { accessKeyId, scopeDate, region, service, scope, credential, signedHeaders, signedNames: names }
  if (text.length > CREDENTIAL_HEAD_CHARS_MAX) return head
  if (heads.size >= CREDENTIAL_HEADS_MAX) heads.clear()
  heads.set(text, head)
  return head
}

function readUnusualHeader(header: string, request: SignedRequest): Claim {
  if (!header.startsWith(`${ALGORITHM} `) && !header.startsWith(`${ALGORITHM}\t`)) return readOtherScheme(header)
  const credential = fieldOf(header, 'Credential=')
  const signedHeaders = fieldOf(header, 'SignedHeaders=')
  const signature = fieldOf(header, 'Signature=')
  const missing = missingFields(credential, signedHeaders, signature, request)
  const scope = credential === undefined ? undefined : readScope(credential)
  if (missing !== '' || credential === undefined || signedHeaders === undefined || signature === undefined)
    return malformed({ kind: 'malformed-header', detail: `${missing}Authorization=${ALGORITHM}` }, scope)
  if (scope === undefined)
    return malformed({
      kind: 'malformed-header',
      detail: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    })
  const amzDate = request.headers['x-amz-date'] ?? basicDateOf(request.headers['date'])
  const requestMs = parseAmzDate(amzDate)
  if (requestMs === undefined || amzDate === undefined)
    return malformed(
      {
        kind: 'malformed-header',
        detail: `Date must be in ISO-8601 'basic format'. Got '${amzDate}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      },
      scope,
    )
  return {
    kind: 'v4',
    via: 'header',
    ...scope,
    credential,
    signedHeaders: signedHeaders.split(';'),
    signedNames: signedHeaders,
    signature,
    amzDate,
    requestMs,
    expiresS: undefined,
    sessionToken: request.headers['x-amz-security-token'],
  }
}

/** Schemes of AWS that are not offered, or no scheme of AWS at all. */
function readOtherScheme(header: string): Claim {
  const v2 = /^AWS ([^:\s]+):/.exec(header)
  if (v2?.[1] !== undefined)
    return { kind: 'malformed', refusal: { kind: 'unsupported-mechanism' }, accessKeyId: v2[1] }
  if (header.startsWith('AWS4-ECDSA-P256-SHA256'))
    return { kind: 'malformed', refusal: { kind: 'unsupported-mechanism' } }
  return malformed({
    kind: 'malformed-header',
    detail: `Unsupported AWS 'algorithm': '${header.split(/\s/, 1)[0] ?? ''}'`,
  })
}

/** AWS names everything that is missing in one sentence each. */
function missingFields(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  request: SignedRequest,
): string {
  let text = ''
  if (credential === undefined) text += "Authorization header requires 'Credential' parameter. "
  if (signature === undefined) text += "Authorization header requires 'Signature' parameter. "
  if (signedHeaders === undefined) text += "Authorization header requires 'SignedHeaders' parameter. "
  if (request.headers['x-amz-date'] === undefined && request.headers['date'] === undefined)
    text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
  return text
}

/** The value of `name` in `a=1, b=2`: up to the next comma. */
function fieldOf(header: string, name: string): string | undefined {
  let at = header.indexOf(name)
  // `Signature=` also ends `X-Signature=`: a field begins after a space or a comma.
  while (at > 0 && header[at - 1] !== ' ' && header[at - 1] !== ',') at = header.indexOf(name, at + 1)
  if (at <= 0) return undefined
  const end = header.indexOf(',', at)
  const value = header.slice(at + name.length, end === -1 ? undefined : end).trim()
  return value === '' ? undefined : value
}

type Scope = Pick<V4Claim, 'accessKeyId' | 'scopeDate' | 'region' | 'service' | 'scope'>

/** `keyid/date/region/service/aws4_request`; the key id is what stands before the last four parts. */
function readScope(credential: string): Scope | undefined {
  const parts = credential.split('/')
  if (parts.length !== 5) return undefined
  const [accessKeyId = '', scopeDate = '', region = '', service = '', terminator] = parts
  if (accessKeyId === '' || !/^\d{8}$/.test(scopeDate) || service === '' || terminator !== TERMINATOR) return undefined
  return { accessKeyId, scopeDate, region, service, scope: credential.slice(accessKeyId.length + 1) }
}

function malformed(refusal: Refusal, scope?: Scope): MalformedClaim {
  if (scope === undefined) return { kind: 'malformed', refusal }
  return {
    kind: 'malformed',
    refusal,
    accessKeyId: scope.accessKeyId,
    service: scope.service,
    region: scope.region,
  }
}

const V4_REQUIRED =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.'

function readV4Query(request: SignedRequest): Claim {
  const fields = readQuery(request.query)
  const refuse = (detail: string, scope?: Scope): Claim => malformed({ kind: 'malformed-query', detail }, scope)
  const credential = fields.get('X-Amz-Credential')
  const scope = credential === undefined ? undefined : readScope(credential)
  const algorithm = fields.get('X-Amz-Algorithm')
  const signature = fields.get('X-Amz-Signature')
  const amzDate = fields.get('X-Amz-Date')
  const signedHeaders = fields.get('X-Amz-SignedHeaders')
  const expires = fields.get('X-Amz-Expires')
  if (fields.get('AWSAccessKeyId') !== undefined) return malformed({ kind: 'two-mechanisms' }, scope)
  if (algorithm === undefined || credential === undefined || signature === undefined) return refuse(V4_REQUIRED, scope)
  if (amzDate === undefined || signedHeaders === undefined || expires === undefined) return refuse(V4_REQUIRED, scope)
  if (algorithm !== ALGORITHM) return refuse('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', scope)
  if (scope === undefined)
    return refuse(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  const requestMs = parseAmzDate(amzDate)
  if (requestMs === undefined)
    return refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", scope)
  if (!/^-?\d{1,15}$/.test(expires)) return refuse('X-Amz-Expires should be a number', scope)
  return {
    kind: 'v4',
    via: 'query',
    ...scope,
    credential,
    signedHeaders: signedHeaders.split(';'),
    signedNames: signedHeaders,
    signature,
    amzDate,
    requestMs,
    expiresS: Number(expires),
    sessionToken: fields.get('X-Amz-Security-Token'),
  }
}

function readV2Query(request: SignedRequest): Claim {
  const fields = readQuery(request.query)
  const accessKeyId = fields.get('AWSAccessKeyId')
  const signature = fields.get('Signature')
  const expires = fields.get('Expires')
  if (accessKeyId === undefined || signature === undefined || expires === undefined || !/^\d{1,15}$/.test(expires))
    return {
      kind: 'malformed',
      refusal: {
        kind: 'malformed-query',
        detail: 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
      },
      service: 's3',
      ...(accessKeyId !== undefined && { accessKeyId }),
    }
  return {
    kind: 'v2',
    accessKeyId,
    signature,
    expires,
    expiresS: Number(expires),
    sessionToken: fields.get('x-amz-security-token'),
  }
}

/** First value of each parameter, decoded; parameters that do not decode are left out. */
export function readQuery(query: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    const name = decodeQueryValue(equals === -1 ? part : part.slice(0, equals))
    const value = equals === -1 ? '' : decodeQueryValue(part.slice(equals + 1))
    if (name !== undefined && value !== undefined && !fields.has(name)) fields.set(name, value)
  }
  return fields
}

const AMZ_DATE = /^\d{8}T\d{6}Z$/

/** Milliseconds since 1970 of `YYYYMMDD'T'HHMMSS'Z'`; undefined when it is none, or no date of the calendar. */
export function parseAmzDate(text: string | undefined): number | undefined {
  if (text === undefined || !AMZ_DATE.test(text)) return undefined
  const month = twoDigits(text, 4)
  const day = twoDigits(text, 6)
  const hour = twoDigits(text, 9)
  const minute = twoDigits(text, 11)
  const second = twoDigits(text, 13)
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined
  return Date.UTC(twoDigits(text, 0) * 100 + twoDigits(text, 2), month - 1, day, hour, minute, second)
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30
}

/** `YYYYMMDD'T'HHMMSS'Z'` of a moment. */
export function formatAmzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** A Date header (RFC 9110 form) in the form that is signed. */
function basicDateOf(date: string | undefined): string | undefined {
  if (date === undefined) return undefined
  if (AMZ_DATE.test(date)) return date
  const timeMs = Date.parse(date)
  return Number.isNaN(timeMs) ? undefined : formatAmzDate(timeMs)
}
