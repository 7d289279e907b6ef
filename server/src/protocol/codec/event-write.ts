// Writes a stream of union members as event frames. A modelled error thrown by the source ends the stream as an
// exception event, any other as an error event; a bug becomes an InternalFailure without its message.
import { InvariantError } from '#base/errors.ts'
import { AwsError } from '../errors.ts'
import type { Member, Shape, StructureShape } from '../schema.ts'
import { oncePer } from '../once-per.ts'
import { partOf } from '../schema.ts'
import { encodeEvent, type EventHeaderValue } from './event-frame.ts'
import { bytesOf, wrong } from './scalar-text.ts'

/** How the payload of an event is written: the protocol's own body format. */
export interface EventFormat {
  readonly contentType: string
  /** The bytes of a structure. */
  write(shape: Shape, value: unknown, member: Member): Uint8Array
  /** First event of RPC protocols: the other members of the output. */
  readonly initialResponse: Uint8Array | undefined
}

/** The frames of `events`, each an object with one member of the union. */
export async function* writeEvents(
  union: StructureShape,
  events: AsyncIterable<unknown>,
  format: EventFormat,
): AsyncGenerator<Uint8Array> {
  if (format.initialResponse !== undefined)
    yield frame('event', 'initial-response', format.contentType, format.initialResponse)
  try {
    for await (const event of events) yield writeEvent(union, event, format)
  } catch (error) {
    yield errorFrame(union, error, format)
    // The client has its answer; whoever pumps the stream must hear of a bug.
    if (!(error instanceof AwsError)) throw error
  }
}

function writeEvent(union: StructureShape, event: unknown, format: EventFormat): Uint8Array {
  if (typeof event !== 'object' || event === null) return wrong(event, union.name)
  for (const member of union.members) {
    const value = (event as Readonly<Record<string, unknown>>)[member.name]
    if (value === undefined) continue
    if (member.shape.kind !== 'structure') return wrong(value, 'a structure')
    const kind = member.shape.traits.error === undefined ? 'event' : 'exception'
    return eventFrame(kind, member, member.shape, value, format)
  }
  throw new InvariantError(`an event has no member of ${union.name}`)
}

function eventFrame(
  kind: 'event' | 'exception',
  member: Member,
  shape: StructureShape,
  value: unknown,
  format: EventFormat,
): Uint8Array {
  const source = value as Readonly<Record<string, unknown>>
  const extra: (readonly [string, EventHeaderValue])[] = []
  for (const part of shape.members)
    if (part.traits.eventHeader === 1 && source[part.name] !== undefined)
      extra.push([part.name, headerValue(part, source[part.name])])
  const payload = shape.members.find((part) => part.traits.eventPayload === 1)
  const { bytes, contentType } = payloadOf(payload, shape, member, source, format)
  return frame(kind, member.name, contentType, bytes, extra)
}

/** What of an event travels in its payload. */
const withoutHeaders = oncePer((shape: StructureShape) => {
  const rest = shape.members.filter((part) => part.traits.eventHeader === undefined)
  return rest.length === shape.members.length ? shape : partOf(shape, rest)
})

function payloadOf(
  payload: Member | undefined,
  shape: StructureShape,
  member: Member,
  source: Readonly<Record<string, unknown>>,
  format: EventFormat,
): { bytes: Uint8Array; contentType: string | undefined } {
  if (payload === undefined) {
    const body = withoutHeaders(shape)
    if (body.members.length === 0) return { bytes: new Uint8Array(), contentType: undefined }
    return { bytes: format.write(body, source, member), contentType: format.contentType }
  }
  const value = source[payload.name]
  if (value === undefined) return { bytes: new Uint8Array(), contentType: undefined }
  if (payload.shape.kind === 'blob') return { bytes: bytesOf(value), contentType: 'application/octet-stream' }
  if (payload.shape.kind === 'string') return { bytes: bytesOf(value), contentType: 'text/plain' }
  return { bytes: format.write(payload.shape, value, payload), contentType: format.contentType }
}

function headerValue(member: Member, value: unknown): EventHeaderValue {
  if (typeof value === 'string') return { type: 'string', value }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  if (typeof value === 'number') return { type: 'integer', value }
  if (typeof value === 'bigint') return { type: 'long', value }
  if (value instanceof Date) return { type: 'timestamp', value }
  if (value instanceof Uint8Array) return { type: 'binary', value }
  return wrong(value, member.shape.kind)
}

function errorFrame(union: StructureShape, error: unknown, format: EventFormat): Uint8Array {
  const code = error instanceof AwsError ? error.code : 'InternalFailure'
  const message = error instanceof AwsError ? error.message : 'An internal failure occurred.'
  const member = union.members.find((part) => part.shape.kind === 'structure' && part.shape.name === code)
  if (member?.shape.kind === 'structure' && error instanceof AwsError) {
    const named = member.shape.members.find((part) => part.name.toLowerCase() === 'message')?.name ?? 'message'
    return eventFrame('exception', member, member.shape, { ...error.fields, [named]: message }, format)
  }
  return encodeEvent({
    headers: new Map<string, EventHeaderValue>([
      [':message-type', { type: 'string', value: 'error' }],
      [':error-code', { type: 'string', value: code }],
      [':error-message', { type: 'string', value: message }],
    ]),
    payload: new Uint8Array(),
  })
}

function frame(
  kind: 'event' | 'exception',
  name: string,
  contentType: string | undefined,
  payload: Uint8Array,
  extra: readonly (readonly [string, EventHeaderValue])[] = [],
): Uint8Array {
  const headers = new Map<string, EventHeaderValue>([
    [':message-type', { type: 'string', value: kind }],
    [kind === 'event' ? ':event-type' : ':exception-type', { type: 'string', value: name }],
    ...(contentType === undefined ? [] : [[':content-type', { type: 'string', value: contentType } as const] as const]),
    ...extra,
  ])
  return encodeEvent({ headers, payload })
}
