// Answers of Mayfly's own routes in the pipeline's form.
import { checkHash, holdToHash } from '#identity/payload.ts'
import type { WireResponse } from '#protocol/wire.ts'
import type { Exchange } from './exchange.ts'
import { type InternalAnswer, type InternalRoute, NOT_FOUND } from './internal-routes.ts'
import type { Operator } from './operator.ts'
import { BodyTooLarge } from './request-body.ts'

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
  operator?: Operator,
): Promise<WireResponse> {
  const { requestId, head, body, rawBody } = exchange
  const answer = await (route ?? NOT_FOUND).handle({
    head,
    requestId,
    operator: operator?.principal,
    params: new URLSearchParams(head.query),
    readBody: async (bytesMax) => {
      if (rawBody && rawBody.length > bytesMax) throw new BodyTooLarge(bytesMax)
      const bytes = rawBody ?? (await body.readAll(bytesMax))
      if (operator?.bodySha256 !== undefined) checkHash(bytes, operator.bodySha256)
      return bytes
    },
    streamBody() {
      if (rawBody) return { bytes: rawBody.length, body: once(rawBody) }
      const pieces = body.stream({ passing: false })
      return {
        bytes: body.length,
        body: operator?.bodySha256 === undefined ? pieces : holdToHash(pieces, operator.bodySha256),
      }
    },
  })
  return internalAnswer(answer)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes
}

export function internalAnswer(answer: InternalAnswer): WireResponse {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const headers: Record<string, string> = { 'content-type': answer.contentType, ...SAFETY_HEADERS, ...answer.headers }
  if (body instanceof Uint8Array) headers['content-length'] = String(body.length)
  return { status: answer.status, headers, body }
}
