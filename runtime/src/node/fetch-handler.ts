// Handlers in the web-standard form, `export default { fetch(request) }`: an HTTP event (a function URL's or an HTTP API's,
// payload format 2.0) becomes a Request, and the Response the answer.
import { RuntimeError } from './errors.ts'
import type { Handler } from './invocation.ts'

/** An object with a method `fetch`, as the default export of a module. */
export interface Fetcher {
  fetch(request: Request, environment: unknown, context: unknown): unknown
}

interface HttpEvent {
  readonly rawPath: string
  readonly rawQueryString: string
  readonly cookies?: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly requestContext: { readonly domainName?: string; readonly http: { readonly method: string } }
  readonly body?: string
  readonly isBase64Encoded: boolean
}

export function isFetcher(value: unknown): value is Fetcher {
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function'
}

/** Throws a RuntimeError for events that are no HTTP request. */
export function fetchHandler(fetcher: Fetcher): Handler {
  return async (event, context) => {
    if (!isHttpEvent(event))
      throw new RuntimeError(
        'Runtime.NotAnHttpEvent',
        'A handler with fetch(request) takes HTTP events of payload format 2.0 only: call the function by its URL.',
      )
    const response = await fetcher.fetch(requestOf(event), process.env, context)
    if (!(response instanceof Response))
      throw new RuntimeError('Runtime.NotAResponse', `fetch() must return a Response, not ${String(response)}`)
    return answerOf(response)
  }
}

function isHttpEvent(event: unknown): event is HttpEvent {
  return (
    typeof event === 'object' &&
    event !== null &&
    'rawPath' in event &&
    'requestContext' in event &&
    typeof event.requestContext === 'object' &&
    event.requestContext !== null &&
    'http' in event.requestContext
  )
}

function requestOf(event: HttpEvent): Request {
  const { method } = event.requestContext.http
  const host = event.headers['host'] ?? event.requestContext.domainName ?? 'function'
  const scheme = event.headers['x-forwarded-proto'] ?? 'http'
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`
  const headers = new Headers(event.headers)
  if (event.cookies !== undefined) headers.set('cookie', event.cookies.join('; '))
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD'
  return new Request(`${scheme}://${host}${encodeURI(event.rawPath)}${query}`, {
    method,
    headers,
    ...(hasBody && { body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') }),
  })
}

async function answerOf(response: Response): Promise<object> {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value
  const cookies = response.headers.getSetCookie()
  const body = Buffer.from(await response.arrayBuffer())
  return {
    statusCode: response.status,
    headers,
    ...(cookies.length > 0 && { cookies }),
    body: body.toString('base64'),
    isBase64Encoded: true,
  }
}
