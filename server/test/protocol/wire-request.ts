// Requests for tests that talk to a service's wire directly.
import type { AwsError } from '#protocol/errors.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ProtocolId, WireRequest, WireResponse } from '#protocol/wire.ts'

export interface RequestParts {
  readonly method?: string
  /** Path with query. */
  readonly uri?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A request without its body. */
export function wireRequest({ method = 'POST', uri = '/', headers = {} }: RequestParts): WireRequest {
  const mark = uri.indexOf('?')
  return {
    method,
    path: mark < 0 ? uri : uri.slice(0, mark),
    query: mark < 0 ? '' : uri.slice(mark + 1),
    headers,
  }
}

/** Routes and reads a request; for RPC pass what names the operation. */
export function readRequest(
  id: ServiceId,
  protocol: ProtocolId,
  parts: RequestParts,
): { readonly operation: string; readonly input: Record<string, unknown> } {
  const wire = serviceWire(id)
  const request = wireRequest(parts)
  const body = Buffer.from(parts.body ?? '')
  const match = wire.route(protocol, request, body)
  return { operation: match.operation, input: wire.read(protocol, match, request, body) as Record<string, unknown> }
}

/** An awsJson request. */
export function jsonParts(
  target: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): RequestParts {
  return { headers: { 'x-amz-target': target, ...headers }, body }
}

/** The text of a written error. */
export function errorText(
  id: ServiceId,
  protocol: ProtocolId,
  error: AwsError,
  parts: RequestParts = {},
): { readonly response: WireResponse; readonly text: string } {
  const response = serviceWire(id).writeError(protocol, undefined, error, 'request-id', wireRequest(parts))
  if (!(response.body instanceof Uint8Array)) throw new Error('an error has a whole body')
  return { response, text: Buffer.from(response.body).toString() }
}

/** The text of a written result. */
export function resultText(
  id: ServiceId,
  protocol: ProtocolId,
  operation: string,
  output: unknown,
): { readonly response: WireResponse; readonly text: string } {
  const response = serviceWire(id).write(protocol, operation, output, 'request-id')
  if (!(response.body instanceof Uint8Array)) throw new Error('this result has a whole body')
  return { response, text: Buffer.from(response.body).toString() }
}
