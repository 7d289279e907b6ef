// The first step of a request's life: is it for Mayfly itself, rather than for a service?
import type { Claim } from '#identity/claim.ts'
import type { WireResponse } from '#protocol/wire.ts'
import { redirectToConsole } from './control-routes.ts'
import type { AuthenticateOptions } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import type { RequestHead } from './head.ts'
import { internalAnswer, serveInternal } from './internal-answer.ts'
import { type InternalRoute, type InternalRoutes, isReserved } from './internal-routes.ts'
import { findOperator } from './operator.ts'
import { bucketOfHost } from './virtual-host.ts'

export interface InternalOptions extends AuthenticateOptions {
  readonly routes: InternalRoutes
}

/** Health, console, control: not of AWS, not for cells. */
export function answerInternally(
  exchange: Exchange,
  claim: Claim,
  options: InternalOptions,
): Promise<WireResponse> | undefined {
  const { head, door } = exchange
  const signed = claim.kind !== 'none'
  if (door === 'cell') return isReserved(head.path) ? serveInternal(undefined, exchange) : undefined
  const route = options.routes.find(head, signed)
  // Below a bucket's own host every path is a key.
  if (route !== undefined && bucketOfHost(head.host) === undefined)
    return route.guard === 'operator' ? serveOperator(route, exchange, claim, options) : serveInternal(route, exchange)
  if (!signed && isBrowserAtRoot(head)) return serveInternal(CONSOLE_REDIRECT, exchange)
  return undefined
}

async function serveOperator(
  route: InternalRoute,
  exchange: Exchange,
  claim: Claim,
  options: InternalOptions,
): Promise<WireResponse> {
  const found = await findOperator(exchange, claim, options)
  return found.kind === 'operator' ? serveInternal(route, exchange, found) : internalAnswer(found.answer)
}

const CONSOLE_REDIRECT: InternalRoute = { method: 'GET', path: '/', guard: 'open', handle: redirectToConsole }

/** `GET /` is ListBuckets, except for people: a browser that opens the endpoint wants the console. */
function isBrowserAtRoot(head: RequestHead): boolean {
  return (
    head.path === '/' &&
    head.query === '' &&
    head.method === 'GET' &&
    head.headers['accept']?.includes('text/html') === true &&
    bucketOfHost(head.host) === undefined
  )
}
