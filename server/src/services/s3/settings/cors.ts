// Cross-origin resource sharing: which pages may use a bucket from a browser. Source: API page of PutBucketCors; S3 user
// guide, "Using cross-origin resource sharing (CORS)" ("How does Amazon S3 evaluate the CORS configuration on a
// bucket?"); headers and error texts as the service answers them.
import { s3Error } from '../errors.ts'
import { CORS_RULES_MAX, RULE_ID_CHARS_MAX } from '../limits.ts'

export interface CorsRule {
  readonly id?: string
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers?: readonly string[]
  readonly expose?: readonly string[]
  readonly maxAgeS?: number
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])

/** The rules as decoded from a request. */
export interface CorsInput {
  readonly ID?: string | undefined
  readonly AllowedHeaders?: readonly string[] | undefined
  readonly AllowedMethods?: readonly string[] | undefined
  readonly AllowedOrigins?: readonly string[] | undefined
  readonly ExposeHeaders?: readonly string[] | undefined
  readonly MaxAgeSeconds?: number | undefined
}

/** Throws MalformedXML, InvalidRequest. */
export function parseCors(rules: readonly CorsInput[] | undefined): readonly CorsRule[] {
  if (!rules || rules.length === 0 || rules.length > CORS_RULES_MAX) throw s3Error('MalformedXML')
  return rules.map(parseRule)
}

function parseRule(input: CorsInput): CorsRule {
  const { ID: id, AllowedMethods: methods = [], AllowedOrigins: origins = [] } = input
  const { AllowedHeaders: headers, ExposeHeaders: expose, MaxAgeSeconds: maxAgeS } = input
  if (methods.length === 0 || origins.length === 0) throw s3Error('MalformedXML')
  if (id !== undefined && id.length > RULE_ID_CHARS_MAX) throw s3Error('MalformedXML')
  const unknown = methods.find((method) => !METHODS.has(method))
  if (unknown !== undefined)
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`)
  for (const origin of origins)
    if (wildcards(origin) > 1) throw invalid(`AllowedOrigin "${origin}" can not have more than one wildcard.`)
  for (const header of headers ?? [])
    if (wildcards(header) > 1) throw invalid(`AllowedHeader "${header}" can not have more than one wildcard.`)
  for (const header of expose ?? [])
    if (wildcards(header) > 0)
      throw invalid(
        `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      )
  return {
    ...(id !== undefined && { id }),
    origins,
    methods,
    ...(headers && headers.length > 0 && { headers }),
    ...(expose && expose.length > 0 && { expose }),
    ...(maxAgeS !== undefined && { maxAgeS }),
  }
}

function wildcards(text: string): number {
  return text.split('*').length - 1
}

function invalid(message: string): Error {
  return s3Error('InvalidRequest', { message })
}

/** As GetBucketCors answers a rule. */
export function corsOutput({ id, origins, methods, headers, expose, maxAgeS }: CorsRule): {
  readonly ID: string | undefined
  readonly AllowedHeaders: string[] | undefined
  readonly AllowedMethods: string[]
  readonly AllowedOrigins: string[]
  readonly ExposeHeaders: string[] | undefined
  readonly MaxAgeSeconds: number | undefined
} {
  return {
    ID: id,
    AllowedHeaders: headers && [...headers],
    AllowedMethods: [...methods],
    AllowedOrigins: [...origins],
    ExposeHeaders: expose && [...expose],
    MaxAgeSeconds: maxAgeS,
  }
}

/** What of a cross-origin request the rules are held against. */
export interface CorsRequest {
  readonly origin: string
  /** Of the request, or the one that a preflight announces. */
  readonly method: string
  /** Of Access-Control-Request-Headers, as sent; undefined when there was none. */
  readonly requestHeaders: string | undefined
}

/** The first rule that allows the request. */
export function matchCors(rules: readonly CorsRule[], request: CorsRequest): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.methods.includes(request.method) &&
      rule.origins.some((pattern) => matches(pattern, request.origin)) &&
      headerNames(request.requestHeaders).every((name) =>
        rule.headers?.some((pattern) => matches(pattern.toLowerCase(), name)),
      ),
  )
}

function headerNames(list: string | undefined): readonly string[] {
  if (list === undefined) return []
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

/** `*` stands for any number of characters; there is at most one. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  const end = pattern.slice(star + 1)
  return text.length >= pattern.length - 1 && text.startsWith(pattern.slice(0, star)) && text.endsWith(end)
}

export const CORS_VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'

/** The headers that tell the browser so: of a preflight's answer and of the request itself alike. */
export function corsHeaders(rule: CorsRule, request: CorsRequest): Record<string, string> {
  const anyOrigin = rule.origins.includes('*')
  const names = headerNames(request.requestHeaders)
  return {
    'access-control-allow-origin': anyOrigin ? '*' : request.origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(names.length > 0 && { 'access-control-allow-headers': names.join(', ') }),
    ...(rule.expose && { 'access-control-expose-headers': rule.expose.join(', ') }),
    ...(rule.maxAgeS !== undefined && { 'access-control-max-age': String(rule.maxAgeS) }),
    ...(!anyOrigin && { 'access-control-allow-credentials': 'true' }),
    vary: CORS_VARY,
  }
}
