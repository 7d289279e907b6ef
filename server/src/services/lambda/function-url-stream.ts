// The HTTP answer of a function that streams it through its URL. With the content type of AWS's HTTP integration a prelude
// comes first: JSON with status, headers and cookies, then eight NUL bytes. Source: developer guide, "Writing response
// streaming-enabled Lambda functions".
import type { EdgeAnswer } from '#protocol/edge.ts'
import { AwsError } from '#protocol/errors.ts'
import type { StreamedInvocation } from './answer-stream.ts'
import { urlAnswerHead } from './function-url-event.ts'

type Begun = Extract<StreamedInvocation, { readonly kind: 'begun' }>

const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response'
const PRELUDE_END = Buffer.alloc(8)
const PRELUDE_BYTES_MAX = 128 * 1024

/** Throws 502 when the prelude is none. A function that fails on the way ends the connection, so that nobody takes the part for the whole. */
export async function streamedUrlAnswer(streamed: Begun): Promise<EdgeAnswer> {
  const parts = streamed.body[Symbol.asyncIterator]()
  if (streamed.contentType !== HTTP_INTEGRATION)
    return {
      status: 200,
      headers: { 'content-type': streamed.contentType ?? 'application/octet-stream' },
      body: rest(parts, undefined, streamed),
    }
  const { prelude, first } = await readPrelude(parts)
  const head = urlAnswerHead(prelude)
  if (head === undefined) throw badGateway()
  return { ...head, body: rest(parts, first, streamed) }
}

async function readPrelude(
  parts: AsyncIterator<Uint8Array>,
): Promise<{ readonly prelude: string; readonly first: Uint8Array }> {
  let seen = Buffer.alloc(0)
  for (;;) {
    const { done, value } = await parts.next()
    if (done === true) throw badGateway()
    seen = Buffer.concat([seen, value])
    const end = seen.indexOf(PRELUDE_END)
    if (end >= 0) return { prelude: seen.toString('utf8', 0, end), first: seen.subarray(end + PRELUDE_END.length) }
    if (seen.length > PRELUDE_BYTES_MAX) throw badGateway()
  }
}

async function* rest(
  parts: AsyncIterator<Uint8Array>,
  first: Uint8Array | undefined,
  { end }: Begun,
): AsyncGenerator<Uint8Array> {
  if (first !== undefined && first.length > 0) yield first
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value
  const answer = await end
  if (answer.kind !== 'answered' || answer.functionError !== undefined)
    throw new Error('the function failed while it made its answer')
}

function badGateway(): AwsError {
  return new AwsError('InternalServerError', 502, 'Internal Server Error')
}
