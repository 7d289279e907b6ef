// Writes the output of a REST operation: status, headers, then payload or body.
import { bytesOf, wrong } from '../codec/scalar-text.ts'
import { InvariantError } from '#base/errors.ts'
import { oncePer } from '../once-per.ts'
import type { Member, Operation, Shape, StructureShape } from '../schema.ts'
import type { WireResponse } from '../wire.ts'
import { type Bindings, bindingsOf } from './bindings.ts'
import { encodeHeader, headerWriter } from './header-text.ts'
import { uriPatternOf } from './uri-pattern.ts'

/** The body's own format. */
export interface BodyFormat {
  readonly contentType: string
  /** Writes a structure that is the whole body. `member` is set when it is a payload with a name of its own. */
  write(shape: Shape, value: unknown, member: Member | undefined): string
  /** The body of an operation whose output has members, but none in the body. */
  readonly emptyBody: string
  eventStream(member: Member, events: AsyncIterable<unknown>): AsyncIterable<Uint8Array>
}

interface Body {
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>
  readonly contentType: string | undefined
}

type Output = Readonly<Record<string, unknown>>
type HeaderPart = (output: Output, headers: Record<string, string>) => void

const NO_BYTES = Buffer.alloc(0)

/** Writes the result of one operation, without request id headers. */
export type OutputWriter = (output: unknown, status: number | undefined) => WireResponse

/** Compiles the writer of an operation. */
export function outputWriter(operation: Operation, format: BodyFormat): OutputWriter {
  const pattern = uriPatternOf(operation)
  const defaultStatus = pattern?.status ?? 200
  const isHead = pattern?.method === 'HEAD'
  const bindings = operation.output === undefined ? undefined : bindingsOf(operation.output, 'output')
  const headerParts = bindings === undefined ? [] : headerPartsOf(bindings)
  const bodyOf =
    bindings === undefined
      ? () => ({ bytes: NO_BYTES, contentType: undefined })
      : bodyWriter(operation, bindings, format)
  return (value, override) => {
    const output = asOutput(value)
    const modelled = bindings?.status === undefined ? undefined : output[bindings.status.name]
    const status = override ?? (typeof modelled === 'number' ? modelled : defaultStatus)
    const headers: Record<string, string> = {}
    for (const part of headerParts) part(output, headers)
    // These statuses have no body, and a HEAD answer's length is that of what GET would give.
    if (isHead || status === 204 || status === 304) return { status, headers, body: NO_BYTES }
    const { bytes, contentType } = bodyOf(output)
    if (contentType !== undefined) headers['content-type'] ??= contentType
    if (bytes instanceof Uint8Array) headers['content-length'] = String(bytes.length)
    return { status, headers, body: bytes }
  }
}

function asOutput(value: unknown): Output {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object') return wrong(value, 'an output')
  return value as Output
}

/** Writers of an error's members that travel in headers. */
export const errorHeaderParts = oncePer((shape: StructureShape) => headerPartsOf(bindingsOf(shape, 'output')))

function headerPartsOf(bindings: Bindings): readonly HeaderPart[] {
  const plain = bindings.headers.map((member): HeaderPart => {
    const header = (member.traits.httpHeader ?? '').toLowerCase()
    const write = headerWriter(member)
    return (output, headers) => {
      const value = output[member.name]
      if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return
      headers[header] = write(value)
    }
  })
  const prefixed = bindings.prefixHeaders.map((member): HeaderPart => {
    const prefix = (member.traits.httpPrefixHeaders ?? '').toLowerCase()
    return (output, headers) => {
      for (const [name, value] of Object.entries(output[member.name] ?? {}))
        if (typeof value === 'string') headers[prefix + name] ??= encodeHeader(value)
    }
  })
  return [...plain, ...prefixed]
}

function bodyWriter(operation: Operation, bindings: Bindings, format: BodyFormat): (output: Output) => Body {
  const { payload, body } = bindings
  if (payload === undefined) {
    if (body === undefined) return () => textBody(format.emptyBody, format.contentType)
    const shape: StructureShape = body
    return (output) => textBody(format.write(shape, output, undefined), format.contentType)
  }
  const { member, kind } = payload
  const write = payloadWriter(member, kind, format)
  return (output) => {
    const value = output[member.name]
    if (value === undefined || value === null) return { bytes: NO_BYTES, contentType: undefined }
    return write(value, operation)
  }
}

function payloadWriter(
  member: Member,
  kind: NonNullable<Bindings['payload']>['kind'],
  format: BodyFormat,
): (value: unknown, operation: Operation) => Body {
  switch (kind) {
    case 'stream':
    case 'blob':
      return (value) => ({
        bytes: isAsyncIterable(value) ? value : bytesOf(value),
        contentType: member.traits.mediaType ?? 'application/octet-stream',
      })
    case 'string':
      return (value) =>
        textBody(typeof value === 'string' ? value : wrong(value, 'string'), member.traits.mediaType ?? 'text/plain')
    case 'document':
    case 'tree':
      return (value) => textBody(format.write(member.shape, value, member), format.contentType)
    case 'event-stream':
      return (value, operation) => {
        if (!isAsyncIterable(value)) throw new InvariantError(`${operation.name} must answer an async iterable`)
        return { bytes: format.eventStream(member, value), contentType: 'application/vnd.amazon.eventstream' }
      }
  }
}

function textBody(text: string, contentType: string): Body {
  return text === '' ? { bytes: NO_BYTES, contentType: undefined } : { bytes: Buffer.from(text), contentType }
}

/** True for streams; typed arrays and strings are not. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
