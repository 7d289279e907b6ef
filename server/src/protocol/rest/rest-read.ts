// Reads the input of a REST operation: labels, query, headers, then payload or body.
import { InputFault } from '../codec/fault.ts'
import { scalarReader } from '../codec/scalar-text.ts'
import { setOwn } from '../codec/tree-read.ts'
import { parseQuery, percentDecode } from '../form.ts'
import type { FaultPlace } from '../input-faults.ts'
import type { IncomingBody } from '../operation.ts'
import { bufferedBody } from '../buffered-body.ts'
import { InvariantError } from '#base/errors.ts'
import type { Member, Shape } from '../schema.ts'
import type { RouteMatch, WireRequest } from '../wire.ts'
import { type Bindings, bindingsOf } from './bindings.ts'
import { headerReader } from './header-text.ts'
import { uriPatternOf } from './uri-pattern.ts'
import type { Operation } from '../schema.ts'

/** The body's own format: JSON or XML. */
export interface BodyReader {
  /** Gives undefined for a body that holds nothing. */
  read(shape: Shape, body: Buffer): unknown
  /** JSON clients send `{}` for an optional payload that they leave out. */
  readonly emptyPayloadIsNone: boolean
}

/**
 * What a map of query parameters holds: those without a member of their own, as AWS's clients fill it, or all, as the
 * Smithy specification has it for servers.
 */
export type QueryMaps = 'rest' | 'all'

/** A fault and the part of the request that holds it. */
export class PlacedFault extends Error {
  readonly place: FaultPlace
  readonly fault: InputFault

  constructor(place: FaultPlace, fault: InputFault) {
    super(fault.message, { cause: fault })
    this.place = place
    this.fault = fault
  }
}

type Input = Record<string, unknown>
type Part = (input: Input, match: RouteMatch, request: WireRequest) => void

/** Reads the input of one operation; throws PlacedFault. */
export type InputReader = (match: RouteMatch, request: WireRequest, body: Buffer | IncomingBody) => Input

/** Compiles the reader of an operation. */
export function inputReader(operation: Operation, readBody: BodyReader, queryMaps: QueryMaps): InputReader {
  if (operation.input === undefined) return () => ({})
  const bindings = bindingsOf(operation.input, 'input')
  const literals = new Set((uriPatternOf(operation)?.query ?? []).map(([key]) => key))
  const parts: { readonly place: FaultPlace; readonly part: Part }[] = []
  if (bindings.labels.length > 0) parts.push({ place: 'uri', part: labelsPart(bindings.labels) })
  if (bindings.query.length > 0 || bindings.queryParams !== undefined)
    parts.push({ place: 'query', part: queryPart(bindings, literals, queryMaps) })
  if (bindings.headers.length > 0) parts.push({ place: 'header', part: headersPart(bindings.headers) })
  if (bindings.prefixHeaders.length > 0)
    parts.push({ place: 'header', part: prefixHeadersPart(bindings.prefixHeaders) })
  const bodyPart = bodyReader(bindings, readBody)
  return (match, request, body) => {
    const input: Input = {}
    let at: FaultPlace = 'body'
    try {
      for (const { place, part } of parts) {
        at = place
        part(input, match, request)
      }
      at = 'body'
      bodyPart(input, body)
    } catch (error) {
      if (error instanceof InputFault) throw new PlacedFault(at, error)
      throw error
    }
    return input
  }
}

function labelsPart(members: readonly Member[]): Part {
  const readers = members.map((member) => ({ name: member.name, read: textReader(member) }))
  return (input, match) => {
    for (const { name, read } of readers) {
      const raw = match.labels[name]
      if (raw !== undefined) input[name] = read(percentDecode(raw))
    }
  }
}

function queryPart(bindings: Bindings, literals: ReadonlySet<string>, queryMaps: QueryMaps): Part {
  const readers = bindings.query.map(
    (member) => [member.name, member.traits.httpQuery ?? '', listReader(member)] as const,
  )
  const bound = queryMaps === 'all' ? literals : new Set([...literals, ...readers.map(([, key]) => key)])
  return (input, _match, request) => {
    if (request.query === '') return
    const query = parseQuery(request.query)
    for (const [name, key, read] of readers) {
      const values = query.get(key)
      if (values !== undefined) input[name] = read(values)
    }
    const rest = bindings.queryParams
    if (rest !== undefined) {
      const map = {}
      const asList = rest.shape.kind === 'map' && rest.shape.value.shape.kind === 'list'
      for (const [key, values] of query) if (!bound.has(key)) setOwn(map, key, asList ? [...values] : (values[0] ?? ''))
      if (Object.keys(map).length > 0) input[rest.name] = map
    }
  }
}

function headersPart(members: readonly Member[]): Part {
  const readers = members.map(
    (member) => [member.name, (member.traits.httpHeader ?? '').toLowerCase(), headerReader(member)] as const,
  )
  return (input, _match, request) => {
    for (const [name, header, read] of readers) {
      const value = request.headers[header]
      if (value !== undefined) input[name] = read(value)
    }
  }
}

function prefixHeadersPart(members: readonly Member[]): Part {
  return (input, _match, request) => {
    for (const member of members) {
      const prefix = (member.traits.httpPrefixHeaders ?? '').toLowerCase()
      const read = headerReader({ ...member, shape: { kind: 'string' } })
      const map = {}
      for (const [name, value] of Object.entries(request.headers))
        if (value !== undefined && name.startsWith(prefix)) setOwn(map, name.slice(prefix.length), read(value))
      if (Object.keys(map).length > 0) input[member.name] = map
    }
  }
}

function textReader(member: Member): (text: string) => unknown {
  const { shape } = member
  if (shape.kind === 'structure' || shape.kind === 'list' || shape.kind === 'map')
    throw new InvariantError(`${member.name} cannot be text`)
  return scalarReader(shape)
}

function listReader(member: Member): (values: readonly string[]) => unknown {
  if (member.shape.kind === 'list') {
    const read = textReader(member.shape.element)
    return (values) => values.map((value) => read(value))
  }
  const read = textReader(member)
  return (values) => read(values[0] ?? '')
}

function bodyReader(bindings: Bindings, readBody: BodyReader): (input: Input, body: Buffer | IncomingBody) => void {
  const { payload, body: bodyShape } = bindings
  if (payload === undefined) {
    if (bodyShape === undefined) return () => undefined
    return (input, body) => {
      Object.assign(input, readBody.read(bodyShape, buffered(body)))
    }
  }
  const { member, kind } = payload
  switch (kind) {
    case 'stream':
      return (input, body) => {
        input[member.name] = Buffer.isBuffer(body) ? bufferedBody(body) : body
      }
    case 'blob':
      return (input, body) => {
        const bytes = buffered(body)
        if (bytes.length > 0) input[member.name] = bytes
      }
    case 'string':
      return (input, body) => {
        const bytes = buffered(body)
        if (bytes.length > 0) input[member.name] = bytes.toString()
      }
    case 'document':
    case 'tree':
      return (input, body) => {
        const bytes = buffered(body)
        const value = bytes.length > 0 ? readBody.read(member.shape, bytes) : undefined
        const isNone =
          member.shape.kind === 'structure' && readBody.emptyPayloadIsNone && !member.required && isEmptyObject(value)
        if (value !== undefined && !isNone) input[member.name] = value
      }
    case 'event-stream':
      throw new InvariantError(`${member.name}: no service takes event streams`)
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

function buffered(body: Buffer | IncomingBody): Buffer {
  if (!Buffer.isBuffer(body)) throw new InvariantError('this operation takes a buffered body')
  return body
}
