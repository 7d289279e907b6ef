// The life of a request to a host that is a resource's own (Site, in protocol/operation.ts): any method and path is for the resource,
// errors are told in the form of AWS's function URLs, `{"Message": "..."}`.
import type { EdgeAnswer } from '#protocol/edge.ts'
import { BodyRefused } from '#identity/refusal.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Site, SiteRequest } from '#protocol/operation.ts'
import type { WireResponse } from '#protocol/wire.ts'
import { openEdgeRequest } from './edge.ts'
import type { Caller } from './authenticate.ts'
import type { CallContext, Exchange } from './exchange.ts'

export interface SiteRun {
  readonly exchange: Exchange
  readonly site: Site
  /** Throws when the caller is not who they say. */
  authenticate(bodyBytesMax: number): Promise<Caller>
  anonymous(): Caller
  receive(caller: Caller, bodyBytesMax: number): Promise<Buffer>
  context(caller: Caller): CallContext
  /** Throws when the caller may not. */
  permit(input: SiteRequest, context: CallContext): Promise<void>
  /** What the client may know of anything thrown; undefined for a bug. */
  known(thrown: unknown): AwsError | undefined
}

/** Answers a request to a site. Rejects only with bugs. */
export async function runSite(run: SiteRun): Promise<WireResponse> {
  const { exchange, site } = run
  const request = openEdgeRequest(exchange)
  const early = site.preflight(request)
  if (early !== undefined) return early
  let answer: WireResponse
  try {
    answer = await serve(run, request)
  } catch (thrown) {
    const error = run.known(thrown)
    if (error === undefined) throw thrown
    exchange.error = error
    exchange.refused = thrown instanceof BodyRefused
    answer = refusal(error)
  }
  Object.assign(answer.headers, site.headers(request))
  answer.headers['x-amzn-requestid'] = exchange.requestId
  return answer
}

async function serve(run: SiteRun, request: SiteRequest['request']): Promise<WireResponse> {
  const { site } = run
  const caller = site.signed ? await run.authenticate(site.bodyBytesMax) : run.anonymous()
  const body = await run.receive(caller, site.bodyBytesMax)
  const context = run.context(caller)
  await run.permit({ request, body }, context)
  const answer = (await site.operation.handle({ request, body }, context)) as EdgeAnswer
  Object.assign(answer.headers, run.exchange.context?.headers)
  return answer
}

function forbidden(): AwsError {
  return new AwsError('AccessDeniedException', 403, 'Forbidden')
}

function refusal(error: AwsError): WireResponse {
  const message = error.status === 403 ? 'Forbidden' : error.message
  const body = Buffer.from(JSON.stringify({ Message: message }))
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-amzn-errortype': error.code,
      ...error.headers,
    },
    body,
  }
}

/** A host that looks like a site's, where there is none: AWS tells nobody whether a URL exists. */
export function noSuchSite(): WireResponse {
  return refusal(forbidden())
}
