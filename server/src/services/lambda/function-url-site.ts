// Function URLs as the gateway meets them: a host that means one function.
import type { EdgeAnswer } from '#protocol/edge.ts'
import { AwsError } from '#protocol/errors.ts'
import type { BoundOperation, RequestContext, Site, SiteRequest } from '#protocol/operation.ts'
import { invokeStreaming } from './answer-stream.ts'
import type { LambdaDeps } from './deps.ts'
import { type FunctionRef, qualifiedArn } from './function-name.ts'
import { corsHeaders, preflight } from './function-url-cors.ts'
import { urlAnswer, urlEvent } from './function-url-event.ts'
import { streamedUrlAnswer } from './function-url-stream.ts'
import type { InvokeAnswer } from './invoker.ts'
import { functionUrls, type FunctionUrlRecord } from './function-url-record.ts'
import { INVOKE_PAYLOAD_BYTES_MAX } from './limits.ts'
import { throttledError } from './throttling.ts'

/** The site of a URL by the name in front of its host; undefined when there is none. */
export async function functionUrlSite(deps: LambdaDeps, urlId: string): Promise<Site | undefined> {
  const [found] = await functionUrls.listIndex(deps.ports.store, 'id', { prefix: [urlId] }, { limit: 1 })
  if (!found) return undefined
  const record = found.value
  return {
    signed: record.authType === 'AWS_IAM',
    bodyBytesMax: INVOKE_PAYLOAD_BYTES_MAX,
    operation: operationOf(deps, record),
    preflight: (request) => preflight(record.cors, request),
    headers: (request) => corsHeaders(record.cors, request),
  }
}

function operationOf(deps: LambdaDeps, record: FunctionUrlRecord): BoundOperation {
  const { account, region, functionName, alias, authType } = record
  const ref = { account, region, name: functionName, qualifier: alias }
  return {
    implemented: true,
    action: 'lambda:InvokeFunctionUrl',
    resource: () => qualifiedArn(ref),
    conditions: () => ({ 'lambda:FunctionUrlAuthType': authType }),
    handle: (input, context) => invokeByUrl(deps, { ref, record }, input as SiteRequest, context),
  }
}

/** Throws 502 when the function fails or answers what cannot be an answer, 429 when it cannot begin. */
async function invokeByUrl(
  { deployed, invoker, ports }: LambdaDeps,
  { ref, record }: { readonly ref: FunctionRef; readonly record: FunctionUrlRecord },
  site: SiteRequest,
  context: RequestContext,
): Promise<EdgeAnswer> {
  const version = await deployed.find(ref)
  if (!version) throw new AwsError('ResourceNotFoundException', 404, 'Not Found')
  const { principal, account } = context
  const payload = urlEvent(site, { urlId: record.urlId, principal, account, nowMs: ports.clock.nowMs() })
  const order = {
    requestId: context.requestId,
    payload,
    clientContext: undefined,
    tenantId: undefined,
    traceId: site.request.headers['x-amzn-trace-id'],
    tail: false,
    hops: ports.hops.next(principal),
  }
  if (record.mode === 'buffered') return wholeAnswer(await invoker.invoke(version, order))
  const streamed = await invokeStreaming(invoker, version, order)
  return streamed.kind === 'whole' ? wholeAnswer(streamed.answer) : streamedUrlAnswer(streamed)
}

function wholeAnswer(answer: InvokeAnswer): EdgeAnswer {
  if (answer.kind === 'throttled') throw throttledError(answer)
  const result = answer.functionError === undefined ? urlAnswer(answer.payload) : undefined
  if (result === undefined) throw new AwsError('InternalServerError', 502, 'Internal Server Error')
  return result
}
