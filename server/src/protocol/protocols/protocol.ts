// What each wire protocol is made of, and what it gets to know of its service.
import { gunzipSync } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import { InputFault } from '../codec/fault.ts'
import type { RequiredCheckers } from '../codec/required.ts'
import type { AwsError } from '../errors.ts'
import { missingMembers } from '../input-faults.ts'
import { GUNZIPPED_BYTES_MAX } from '../limits.ts'
import type { IncomingBody } from '../operation.ts'
import { oncePer } from '../once-per.ts'
import { type Model, type Operation, partOf, type StructureShape } from '../schema.ts'
import type { ServiceId } from '../services.ts'
import type { ProtocolId, RouteMatch, WireRequest, WireResponse } from '../wire.ts'

/** One protocol of one service: see ServiceWire for the meaning of its members. */
export interface Protocol {
  route(request: WireRequest, form: Buffer | undefined): RouteMatch
  read(match: RouteMatch, request: WireRequest, body: Buffer | IncomingBody): unknown
  write(operation: Operation, output: unknown, requestId: string, status: number | undefined): WireResponse
  writeError(operation: Operation | undefined, error: AwsError, requestId: string, request: WireRequest): WireResponse
}

/** What the protocols of a service share. `id` is undefined for models that are not of our services. */
export interface ProtocolContext {
  readonly id: ServiceId | undefined
  readonly protocol: ProtocolId
  readonly model: Model
  readonly required: RequiredCheckers
}

/** The operation of a match; that a router gave it means that it exists. */
export function operationOf(model: Model, name: string): Operation {
  const operation = model.operation(name)
  if (operation === undefined) throw new InvariantError(`the model has no operation ${name}`)
  return operation
}

/** Throws the service's error when a required member is missing. Models that are not ours have no such error. */
export function checkRequired(context: ProtocolContext, shape: StructureShape, input: unknown): void {
  if (context.id === undefined) return
  const missing = context.required.missing(shape, input)
  if (missing.length > 0) throw missingMembers(context.protocol, context.id, missing)
}

const GZIP = Buffer.from([0x1f, 0x8b])

/**
 * A whole body, unpacked where the client compressed it and the gateway has not unpacked it already (what we read never
 * begins like gzip). Throws InputFault.
 */
export function wholeBody(request: WireRequest, body: Buffer | IncomingBody): Buffer {
  if (!Buffer.isBuffer(body)) throw new InvariantError('this operation takes a buffered body')
  if (request.headers['content-encoding'] !== 'gzip' || !body.subarray(0, GZIP.length).equals(GZIP)) return body
  try {
    return gunzipSync(body, { maxOutputLength: GUNZIPPED_BYTES_MAX })
  } catch (cause) {
    throw new InputFault('syntax', 'The body is not gzip, or too large when unpacked', { cause })
  }
}

/** A modelled error shape's values: the fields with the message under the name that the shape has for it. */
export function errorValues(shape: StructureShape, error: AwsError): Record<string, unknown> {
  const named = shape.members.find((member) => member.name.toLowerCase() === 'message')
  const values: Record<string, unknown> = { ...error.fields }
  if (named !== undefined) values[named.name] = error.message
  // Lambda's errors say whose fault it was.
  if (values['Type'] === undefined && shape.members.some((member) => member.name === 'Type'))
    values['Type'] = error.status < 500 ? 'User' : 'Service'
  return values
}

/** The members of an error that XML answers do not have elements of their own for. */
export const errorDetails = oncePer((shape: StructureShape) => {
  const placed = /^(code|message|type)$/i
  return partOf(
    shape,
    shape.members.filter(({ name, traits }) => !placed.test(name) && traits.httpHeader === undefined),
  )
})

/** The fields of an error that its shape does not know (all, without a shape), as text. */
export function unknownFields(
  shape: StructureShape | undefined,
  error: AwsError,
): readonly (readonly [string, string])[] {
  return Object.entries(error.fields)
    .filter(([name, value]) => value !== undefined && shape?.members.some((member) => member.name === name) !== true)
    .map(([name, value]) => [name, String(value)])
}

/** `Sender` for the client's faults, as the query protocol says. */
export function faultSide(status: number): 'Sender' | 'Receiver' {
  return status < 500 ? 'Sender' : 'Receiver'
}
