// What a service does at the edge of a request, around its operations: requests that no model knows (a browser's
// preflight, a page of a website), headers that go with every answer whatever became of the request, and a word
// when the answer was sent. A service without such business has no edge.
import type { Principal } from '#base/principal.ts'

/** A request as it came, before anybody was believed. */
export interface EdgeRequest {
  readonly requestId: string
  readonly method: string
  /** Raw path without the query; a bucket that the host names stands in front. */
  readonly path: string
  /** Raw query without `?`. */
  readonly query: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Host header without the port, lower case. */
  readonly host: string
  /** As received, with the query. */
  readonly url: string
  readonly remoteAddress: string
  /** Came over TLS that ended at the server. */
  readonly secure: boolean
}

/** An answer, ready to be sent. */
export interface EdgeAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Record<string, string>
  /** Each is a Set-Cookie header of its own. */
  readonly cookies?: readonly string[]
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** How a request ended. */
export interface EdgeOutcome {
  readonly status: number
  readonly errorCode: string | undefined
  /** Bytes of the answer's body, as announced. */
  readonly bodyBytes: number | undefined
  /** Unknown where the request failed before. */
  readonly operation: string | undefined
  readonly principal: Principal | undefined
  /** From the head of the request to the end of the answer, and to its beginning. */
  readonly totalMs: number
  readonly turnaroundMs: number
}

export interface ServiceEdge {
  /** The answer to a request that is no operation; undefined (at once, for speed) when it is one. May throw AwsError. */
  intercept(request: EdgeRequest): Promise<EdgeAnswer | undefined> | undefined
  /** Headers for the answer, be it a success or an error; undefined (at once) when there are none. */
  headers(request: EdgeRequest): Promise<Readonly<Record<string, string>> | undefined> | undefined
  /** After the answer was sent. Must not throw, and not wait. */
  answered(request: EdgeRequest, outcome: EdgeOutcome): void
}
