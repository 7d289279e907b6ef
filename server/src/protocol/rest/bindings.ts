// Where the members of a REST operation's input or output travel: label, query, header, status, payload or body.
import { type Member, type StructureShape, isEventStream, partOf } from '../schema.ts'

export type PayloadKind = 'stream' | 'event-stream' | 'blob' | 'string' | 'document' | 'tree'

export interface Bindings {
  readonly labels: readonly Member[]
  readonly query: readonly Member[]
  readonly queryParams: Member | undefined
  readonly headers: readonly Member[]
  readonly prefixHeaders: readonly Member[]
  readonly status: Member | undefined
  readonly payload: { readonly member: Member; readonly kind: PayloadKind } | undefined
  /** The members without a place of their own, as a structure; undefined when there are none. */
  readonly body: StructureShape | undefined
}

/** The bindings of a structure. In an output, only headers, status and payload have a meaning; the rest is body. */
export function bindingsOf(shape: StructureShape, side: 'input' | 'output'): Bindings {
  const inInput = side === 'input'
  const of = (test: (member: Member) => boolean): readonly Member[] => shape.members.filter(test)
  const [payload] = of((member) => member.traits.httpPayload === 1 || isEventStream(member))
  const labels = inInput ? of((member) => member.traits.httpLabel === 1) : []
  const query = inInput ? of((member) => member.traits.httpQuery !== undefined) : []
  const [queryParams] = inInput ? of((member) => member.traits.httpQueryParams === 1) : []
  const headers = of((member) => member.traits.httpHeader !== undefined)
  const prefixHeaders = of((member) => member.traits.httpPrefixHeaders !== undefined)
  const [status] = inInput ? [] : of((member) => member.traits.httpResponseCode === 1)
  const placed = new Set([...labels, ...query, queryParams, ...headers, ...prefixHeaders, status, payload])
  const body = payload === undefined ? of((member) => !placed.has(member)) : []
  return {
    labels,
    query,
    queryParams,
    headers,
    prefixHeaders,
    status,
    payload: payload === undefined ? undefined : { member: payload, kind: payloadKind(payload) },
    body: body.length === 0 ? undefined : partOf(shape, body),
  }
}

function payloadKind(member: Member): PayloadKind {
  if (isEventStream(member)) return 'event-stream'
  switch (member.shape.kind) {
    case 'blob':
      return member.traits.streaming === 1 ? 'stream' : 'blob'
    case 'string':
      return 'string'
    case 'document':
      return 'document'
    default:
      return 'tree'
  }
}
