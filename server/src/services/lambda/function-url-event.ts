// The event that a function gets from its URL (payload format 2.0), and what its result means as an HTTP answer. Source:
// developer guide, "Request and response payloads" of function URLs.
import type { Principal } from '#base/principal.ts'
import type { EdgeAnswer } from '#protocol/edge.ts'
import type { SiteRequest } from '#protocol/operation.ts'
import { schemeOf } from '#protocol/origin.ts'

export interface UrlCall {
  readonly urlId: string
  readonly principal: Principal
  readonly account: string
  readonly nowMs: number
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Bodies of these types are given as text; all others as base64. */
const TEXT_TYPE = /^(?:text\/|application\/(?:json|javascript|xml|x-www-form-urlencoded|[\w.-]+\+(?:json|xml)))/i
/** A header that only connections have, or that the server itself writes. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date'])

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** JSON bytes of the event. */
export function urlEvent({ request, body }: SiteRequest, call: UrlCall): Buffer {
  const { method, path, query, headers, host, remoteAddress, requestId } = request
  const { cookie, ...others } = headers
  const isText = body.length === 0 || TEXT_TYPE.test(headers['content-type'] ?? '')
  const parameters = queryParameters(query)
  return Buffer.from(
    JSON.stringify({
      version: '2.0',
      routeKey: '$default',
      rawPath: decodePath(path),
      rawQueryString: query,
      ...(cookie !== undefined && { cookies: cookie.split('; ') }),
      headers: { ...others, 'x-forwarded-for': remoteAddress, 'x-forwarded-proto': schemeOf(request) },
      ...(parameters && { queryStringParameters: parameters }),
      requestContext: {
        ...callerOf(call),
        apiId: call.urlId,
        domainName: host,
        domainPrefix: call.urlId,
        http: {
          method,
          path: decodePath(path),
          protocol: 'HTTP/1.1',
          sourceIp: remoteAddress,
          userAgent: headers['user-agent'] ?? '',
        },
        requestId,
        routeKey: '$default',
        stage: '$default',
        time: commonLogTime(call.nowMs),
        timeEpoch: call.nowMs,
      },
      ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
      isBase64Encoded: !isText,
    }),
  )
}

function callerOf({ principal, account }: UrlCall): Record<string, unknown> {
  if (principal.kind === 'anonymous') return { accountId: 'anonymous' }
  const userArn =
    principal.kind === 'user'
      ? principal.userArn
      : principal.kind === 'session'
        ? principal.roleArn
        : `arn:aws:iam::${account}:root`
  const { accessKeyId } = principal
  return {
    accountId: account,
    authorizer: {
      iam: {
        accessKey: accessKeyId,
        accountId: account,
        callerId: accessKeyId,
        cognitoIdentity: null,
        principalOrgId: null,
        userArn,
        userId: accessKeyId,
      },
    },
  }
}

/** Values of a name that comes several times are joined by commas. */
function queryParameters(query: string): Record<string, string> | undefined {
  if (query === '') return undefined
  const parameters: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters[name]
    parameters[name] = before === undefined ? value : `${before},${value}`
  }
  return parameters
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(timeMs: number): string {
  const at = new Date(timeMs)
  const [day = '', time = ''] = at.toISOString().slice(0, 19).split('T')
  return `${day.slice(8)}/${MONTHS[at.getUTCMonth()]}/${day.slice(0, 4)}:${time} +0000`
}

/** The HTTP answer that a result means; undefined when it is no possible answer. */
export function urlAnswer(payload: Uint8Array): EdgeAnswer | undefined {
  const text = Buffer.from(payload).toString('utf8')
  const result = parsed(text)
  if (!isObject(result) || !('statusCode' in result))
    return whole(headOf(200, {}, []), Buffer.from(plainBody(result, text)))
  const { body, isBase64Encoded } = result as Readonly<Record<string, unknown>>
  const head = urlAnswerHead(text)
  if (head === undefined) return undefined
  if (body === undefined || body === null) return whole(head, Buffer.alloc(0))
  const encoding = isBase64Encoded === true ? 'base64' : 'utf8'
  return whole(head, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), encoding))
}

/** Status, headers and cookies from JSON; 200 without a status code. Undefined when they cannot be. */
export function urlAnswerHead(text: string): Omit<EdgeAnswer, 'body'> | undefined {
  const given = parsed(text)
  if (!isObject(given)) return undefined
  const { statusCode = 200, headers, cookies } = given as Readonly<Record<string, unknown>>
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined
  return headOf(status, isObject(headers) ? headers : {}, Array.isArray(cookies) ? cookies : [])
}

/** Without a status code the result itself is the body: a string as its text, everything else as JSON. */
function plainBody(result: unknown, text: string): string {
  return typeof result === 'string' ? result : result === undefined ? '' : text
}

function headOf(status: number, given: object, cookies: readonly unknown[]): Omit<EdgeAnswer, 'body'> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase()
    const text = String(value)
    // What cannot be a header would let a function write the answer of another.
    if (OWN_HEADERS.has(key) || !HEADER_NAME.test(key) || !HEADER_VALUE.test(text)) continue
    headers[key] = text
  }
  const good = cookies.filter((cookie) => typeof cookie === 'string').filter((cookie) => HEADER_VALUE.test(cookie))
  return { status, headers, ...(good.length > 0 && { cookies: good }) }
}

function whole(head: Omit<EdgeAnswer, 'body'>, body: Buffer): EdgeAnswer {
  return { ...head, headers: { ...head.headers, 'content-length': String(body.length) }, body }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
