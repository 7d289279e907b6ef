// rpcv2Cbor: the operation in the path `/service/<prefix>/operation/<name>`, one CBOR map each way.
import { parseCbor } from '../codec/cbor-parse.ts'
import { cborReaders } from '../codec/cbor-read.ts'
import { CborWriters } from '../codec/cbor-write.ts'
import { writeEvents } from '../codec/event-write.ts'
import { InputFault } from '../codec/fault.ts'
import { wrong } from '../codec/scalar-text.ts'
import type { AwsError } from '../errors.ts'
import { percentDecode } from '../form.ts'
import { malformed, unknownOperation } from '../input-faults.ts'
import { isAsyncIterable } from '../rest/rest-write.ts'
import { isEventStream, type Operation, type StructureShape } from '../schema.ts'
import type { WireResponse } from '../wire.ts'
import { queryError, withoutStream } from './json-rpc.ts'
import { checkRequired, errorValues, operationOf, type Protocol, type ProtocolContext, wholeBody } from './protocol.ts'

const PATH = /\/service\/[^/]+\/operation\/([^/]+)$/
/** For errors that the model does not have: nothing but the message. */
const PLAIN_ERROR: StructureShape = {
  kind: 'structure',
  name: 'Error',
  traits: {},
  isUnion: false,
  members: [{ name: 'message', shape: { kind: 'string' }, traits: {}, required: false }],
}

/** The protocol for one service. */
export function cborRpcProtocol(context: ProtocolContext): Protocol {
  const { model, id, protocol } = context
  const readers = cborReaders(id !== 'dynamodb' && id !== 'dynamodb-streams')
  const writers = new CborWriters()

  const answer = (status: number, body: Buffer, requestId: string): WireResponse => ({
    status,
    headers: {
      'x-amzn-requestid': requestId,
      'smithy-protocol': 'rpc-v2-cbor',
      'content-type': 'application/cbor',
      'content-length': String(body.length),
    },
    body,
  })

  return {
    route(request) {
      try {
        const name = percentDecode(PATH.exec(request.path)?.[1] ?? '')
        if (model.operation(name) === undefined) throw unknownOperation(protocol, name, model.file.version)
        return { operation: name, labels: {} }
      } catch (error) {
        if (error instanceof InputFault) throw malformed(protocol, id, error, 'uri')
        throw error
      }
    },
    read(match, request, body) {
      const { input } = operationOf(model, match.operation)
      try {
        const tree = parseCbor(wholeBody(request, body))
        if (input === undefined) return {}
        const value = readers.of(input)(tree, 0)
        checkRequired(context, input, value)
        return value
      } catch (error) {
        if (error instanceof InputFault) throw malformed(protocol, id, error, 'body')
        throw error
      }
    },
    write(operation, output, requestId, status = 200) {
      if (operation.output === undefined) {
        const { 'content-type': _none, ...headers } = answer(status, Buffer.alloc(0), requestId).headers
        return { status, headers, body: Buffer.alloc(0) }
      }
      const events = eventsOf(operation, output, writers)
      if (events === undefined) return answer(status, writers.encode(operation.output, output ?? {}), requestId)
      return {
        status,
        headers: {
          'x-amzn-requestid': requestId,
          'smithy-protocol': 'rpc-v2-cbor',
          'content-type': 'application/vnd.amazon.eventstream',
        },
        body: events,
      }
    },
    writeError(_operation, error, requestId, request) {
      const response = answer(error.status, errorBytes(model.error(error.code), error, writers), requestId)
      Object.assign(response.headers, error.headers)
      if (model.file.queryCompatible === true && request.headers['x-amzn-query-mode'] === 'true') {
        const code = model.error(error.code)?.traits.awsQueryError?.[0] ?? error.code
        response.headers['x-amzn-query-error'] = queryError(code, error)
      }
      return response
    },
  }
}

function errorBytes(shape: StructureShape | undefined, error: AwsError, writers: CborWriters): Buffer {
  const named = shape?.members.some((member) => member.name.toLowerCase() === 'message') === true
  const extra = { __type: shape?.name ?? error.code, ...(named ? {} : { message: error.message }) }
  if (shape !== undefined) return writers.encode(shape, errorValues(shape, error), extra)
  return writers.encode(PLAIN_ERROR, {}, extra)
}

function eventsOf(operation: Operation, output: unknown, writers: CborWriters): AsyncIterable<Uint8Array> | undefined {
  const shape = operation.output
  const member = shape?.members.find(isEventStream)
  if (shape === undefined || member?.shape.kind !== 'structure') return undefined
  const values = (output ?? {}) as Readonly<Record<string, unknown>>
  const events = values[member.name]
  if (!isAsyncIterable(events)) return wrong(events, `${operation.name}'s stream`)
  const rest = withoutStream(shape)
  return writeEvents(member.shape, events, {
    contentType: 'application/cbor',
    write: (part, value) => (part.kind === 'structure' ? writers.encode(part, value) : wrong(part.kind, 'a structure')),
    initialResponse: writers.encode(rest, values),
  })
}
