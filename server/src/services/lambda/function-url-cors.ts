// Cross-origin requests to function URLs. The URL's own settings answer a preflight without the function, and win over
// headers that the function sets. Source: developer guide, "Cross-origin resource sharing (CORS)" of function URLs.
import type { EdgeAnswer, EdgeRequest } from '#protocol/edge.ts'
import type { UrlCors } from './function-url-record.ts'

/** The answer to a preflight; undefined for other requests, and for URLs without settings: the function sees those. */
export function preflight(cors: UrlCors | undefined, { method, headers }: EdgeRequest): EdgeAnswer | undefined {
  const wanted = headers['access-control-request-method']
  if (cors === undefined || method !== 'OPTIONS' || headers['origin'] === undefined || wanted === undefined)
    return undefined
  const answer = originHeaders(cors, headers['origin'])
  if (answer === undefined) return { status: 200, headers: { 'content-length': '0' }, body: new Uint8Array() }
  const { allowMethods, allowHeaders, maxAgeS } = cors
  const asked = headers['access-control-request-headers']
  if (allowMethods.length > 0)
    answer['access-control-allow-methods'] = allowMethods.includes('*') ? wanted : allowMethods.join(',')
  if (allowHeaders.includes('*')) {
    if (asked !== undefined) answer['access-control-allow-headers'] = asked
  } else if (allowHeaders.length > 0) answer['access-control-allow-headers'] = allowHeaders.join(',').toLowerCase()
  if (maxAgeS !== undefined) answer['access-control-max-age'] = String(maxAgeS)
  return { status: 200, headers: { ...answer, 'content-length': '0' }, body: new Uint8Array() }
}

/** Headers of an answer that a page of this origin may read; none for other requests. */
export function corsHeaders(cors: UrlCors | undefined, { headers }: EdgeRequest): Readonly<Record<string, string>> {
  const origin = headers['origin']
  if (cors === undefined || origin === undefined) return {}
  const answer = originHeaders(cors, origin)
  if (answer === undefined) return {}
  if (cors.exposeHeaders.length > 0) answer['access-control-expose-headers'] = cors.exposeHeaders.join(',')
  return answer
}

function originHeaders(cors: UrlCors, origin: string): Record<string, string> | undefined {
  const all = cors.allowOrigins.includes('*')
  if (!all && !cors.allowOrigins.some((allowed) => isOrigin(allowed, origin))) return undefined
  const credentials = cors.allowCredentials === true
  return {
    // With credentials browsers refuse the star.
    'access-control-allow-origin': all && !credentials ? '*' : origin,
    ...(credentials && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin',
  }
}

/** An allowed origin may hold one star: `https://*.example.com`. */
function isOrigin(allowed: string, origin: string): boolean {
  const star = allowed.indexOf('*')
  if (star === -1) return allowed === origin
  const [head, tail] = [allowed.slice(0, star), allowed.slice(star + 1)]
  return origin.length >= head.length + tail.length && origin.startsWith(head) && origin.endsWith(tail)
}
