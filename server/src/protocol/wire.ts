// The seam between the gateway and the wire formats: bytes in, typed values out, no I/O. The gateway asks for a
// service's wire once (`serviceWire(id)` in protocol/service-wire.ts, loaded at first use) and then, per request:
// route -> (authenticate) -> read -> (handle) -> write | writeError.
import type { AwsError } from './errors.ts'
import type { IncomingBody } from './operation.ts'
import type { ServiceId } from './services.ts'

export type ProtocolId = 'restXml' | 'restJson1' | 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'rpcv2Cbor'

/** A request without its body. */
export interface WireRequest {
  readonly method: string
  /** Raw path as received (percent-encoded, no query). For virtual-host S3 the gateway has put `/<bucket>` in front. */
  readonly path: string
  /** Raw query without `?`; empty when there is none. */
  readonly query: string
  /** Lower-case names; values decoded as latin1. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface WireResponse {
  readonly status: number
  /** Lower-case names (after a modelled prefix as the handler wrote them); `content-length` where the length is known. */
  readonly headers: Record<string, string>
  /** Each is a Set-Cookie header of its own. */
  readonly cookies?: readonly string[]
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** An operation with what the router already knows: the raw label values. */
export interface RouteMatch {
  readonly operation: string
  /** Undecoded label values by member name. */
  readonly labels: Readonly<Record<string, string>>
}

/** How the operation wants its body: an event stream or streaming blob is not buffered. */
export type BodyKind = 'buffered' | 'stream'

export interface ServiceWire {
  readonly id: ServiceId
  /** All operation names of the model. */
  readonly operations: readonly string[]
  /**
   * Finds the operation. REST: by method, path and query. RPC: from X-Amz-Target, the CBOR path, or the Action (query
   * protocol: pass the buffered form as `form`). Throws the service's own AwsError for unknown operations.
   */
  route(protocol: ProtocolId, request: WireRequest, form?: Buffer): RouteMatch
  bodyKind(operation: string): BodyKind
  /** Decodes the input; throws AwsError (SerializationException, MalformedXML, missing required members, ...). */
  read(protocol: ProtocolId, match: RouteMatch, request: WireRequest, body: Buffer | IncomingBody): unknown
  /** An input or output as a record of the call may show it: secrets hidden, payloads left out (protocol/loggable.ts). */
  loggable(operation: string, side: 'input' | 'output', value: unknown): Readonly<Record<string, unknown>>
  /** Encodes a result. `status` overrides the modelled one. */
  write(protocol: ProtocolId, operation: string, output: unknown, requestId: string, status?: number): WireResponse
  /** Encodes an error in the protocol's own form; `operation` is undefined when none was found. */
  writeError(
    protocol: ProtocolId,
    operation: string | undefined,
    error: AwsError,
    requestId: string,
    request: WireRequest,
  ): WireResponse
}
