// Answers of Mayfly's own routes in the pipeline's form.
import type { Principal } from '#base/principal.ts'
import type { WireResponse } from '#protocol/wire.ts'
import type { Exchange } from './exchange.ts'
import { type InternalAnswer, type InternalRoute, NOT_FOUND } from './internal-routes.ts'

/** Nothing here may be framed, sniffed, cached or fed by other sites. */
const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
}

export async function serveInternal(
  route: InternalRoute | undefined,
  exchange: Exchange,
  operator?: Principal,
): Promise<WireResponse> {
  const { requestId, head, request, body, rawBody } = exchange
  const answer = await (route ?? NOT_FOUND).handle({
    head,
    requestId,
    operator,
    params: new URLSearchParams(head.query),
    request,
    readBody: async (bytesMax) => rawBody ?? body.readAll(bytesMax),
  })
  return internalAnswer(answer)
}

export function internalAnswer(answer: InternalAnswer): WireResponse {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const headers: Record<string, string> = { 'content-type': answer.contentType, ...SAFETY_HEADERS, ...answer.headers }
  if (body instanceof Uint8Array) headers['content-length'] = String(body.length)
  return { status: answer.status, headers, body }
}
