// What the pipeline knows of one request while it is under way: enough to answer an error in the right form at any point.
import { newRequestId } from '#base/ids.ts'
import type { Principal } from '#base/principal.ts'
import type { EdgeRequest, ServiceEdge } from '#protocol/edge.ts'
import type { AwsError } from '#protocol/errors.ts'
import type { BoundOperation, RequestContext, Service } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ProtocolId, ServiceWire, WireRequest } from '#protocol/wire.ts'
import type { Caller } from './authenticate.ts'
import type { RequestHead } from './head.ts'
import type { Door, HttpStream } from './http/stream.ts'
import type { RequestBody } from './request-body.ts'

/** The edge of the service that a request is for, with the request as the edge sees it. */
export interface OpenEdge {
  readonly service: ServiceEdge
  readonly request: EdgeRequest
}

/** Grows step by step; what a step has not reached yet is undefined. */
export interface Exchange {
  readonly requestId: string
  readonly door: Door
  readonly head: RequestHead
  readonly stream: HttpStream
  readonly body: RequestBody
  /** The body, where it had to be read to tell the service. */
  rawBody: Buffer | undefined
  protocol: ProtocolId | undefined
  wire: ServiceWire | undefined
  /** What the wire layer sees: for a bucket in the host, the path has the bucket in front. */
  wireRequest: WireRequest | undefined
  operation: string | undefined
  context: CallContext | undefined
  /** Where the service has business around its operations. */
  edge: OpenEdge | undefined
  /** Who does it, and what went in and came out. */
  bound: { readonly service: Service; readonly operation: BoundOperation } | undefined
  input: unknown
  output: unknown
  /** Of the resource, where the row can only name it by another. */
  ownArn: string | undefined
  /** Of an error answer. */
  error: AwsError | undefined
  /** The caller was not believed. */
  refused: boolean
  /** Who asked more often than the quota of the account lets it. */
  overQuota: Pick<Caller, 'principal' | 'account' | 'region'> | undefined
}

export function openExchange(parts: Pick<Exchange, 'door' | 'head' | 'stream' | 'body'>): Exchange {
  return {
    requestId: newRequestId(),
    door: parts.door,
    head: parts.head,
    stream: parts.stream,
    body: parts.body,
    rawBody: undefined,
    protocol: undefined,
    wire: undefined,
    wireRequest: undefined,
    operation: undefined,
    context: undefined,
    edge: undefined,
    bound: undefined,
    input: undefined,
    output: undefined,
    ownArn: undefined,
    error: undefined,
    refused: false,
    overQuota: undefined,
  }
}

export interface CallFacts {
  readonly service: ServiceId
  readonly operation: string
  readonly account: string
  readonly region: string
  readonly principal: Principal
}

/** The context of a handler. The abort signal is made when it is first asked for: most handlers never do. */
export class CallContext implements RequestContext {
  readonly requestId: string
  readonly service: ServiceId
  readonly operation: string
  readonly account: string
  readonly region: string
  readonly principal: Principal
  readonly http: RequestContext['http']
  /** Headers that the handler added; undefined when it added none. */
  headers: Record<string, string> | undefined
  permits: RequestContext['permits']
  status: number | undefined
  /** The answer is that the caller may not. */
  denied = false
  readonly #stream: HttpStream
  #abort: AbortController | undefined

  constructor(exchange: Exchange, facts: CallFacts) {
    this.requestId = exchange.requestId
    this.service = facts.service
    this.operation = facts.operation
    this.account = facts.account
    this.region = facts.region
    this.principal = facts.principal
    this.http = exchange.head
    this.#stream = exchange.stream
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController()
      if (this.#stream.closed) abort.abort()
      else this.#stream.onLost(() => abort.abort())
      this.#abort = abort
    }
    return this.#abort.signal
  }

  setHeader(name: string, value: string): void {
    this.headers ??= {}
    this.headers[name.toLowerCase()] = value
  }

  setStatus(status: number): void {
    this.status = status
  }
}
