// Joins a service's edge (protocol/edge.ts) with the life of a request.
import type { EdgeOutcome, EdgeRequest, ServiceEdge } from '#protocol/edge.ts'
import type { WireResponse } from '#protocol/wire.ts'
import type { Exchange, OpenEdge } from './exchange.ts'

/** The service's edge with this request. */
export function openEdge(service: ServiceEdge, exchange: Exchange): OpenEdge {
  return { service, request: openEdgeRequest(exchange) }
}

/** The request as services see it at their edges. */
export function openEdgeRequest({ requestId, head, wireRequest }: Exchange): EdgeRequest {
  const { method, query, headers, host, url, remoteAddress, secure } = head
  const path = wireRequest?.path ?? head.path
  return { requestId, method, path, query, headers, host, url, remoteAddress, secure }
}

/** Adds the headers that go with every answer. Undefined when there is nothing to wait for. */
export function addEdgeHeaders(edge: OpenEdge | undefined, answer: WireResponse): Promise<void> | undefined {
  return edge?.service.headers(edge.request)?.then((headers) => {
    if (headers !== undefined) Object.assign(answer.headers, headers)
  })
}

/** Tells the edge how it ended. */
export function tellEdge(
  { edge, operation, context, error }: Exchange,
  answer: WireResponse,
  times: Pick<EdgeOutcome, 'totalMs' | 'turnaroundMs'>,
): void {
  if (edge === undefined) return
  const length = answer.headers['content-length']
  edge.service.answered(edge.request, {
    status: answer.status,
    errorCode: error?.code,
    bodyBytes: length === undefined ? undefined : Number(length),
    operation,
    principal: context?.principal,
    ...times,
  })
}
