// awsJson 1.0 and 1.1: the operation in X-Amz-Target, one JSON object each way.
import { crc32 } from 'node:zlib'
import { InputFault } from '../codec/fault.ts'
import { jsonReaders, parseJson } from '../codec/json-read.ts'
import { JsonWriters } from '../codec/json-write.ts'
import { writeEvents } from '../codec/event-write.ts'
import { wrong } from '../codec/scalar-text.ts'
import type { AwsError } from '../errors.ts'
import { malformed, unknownOperation } from '../input-faults.ts'
import { isAsyncIterable } from '../rest/rest-write.ts'
import { oncePer } from '../once-per.ts'
import { type Operation, isEventStream, partOf, type StructureShape } from '../schema.ts'
import type { WireResponse } from '../wire.ts'
import {
  checkRequired,
  errorValues,
  faultSide,
  operationOf,
  type Protocol,
  type ProtocolContext,
  wholeBody,
} from './protocol.ts'

/** The protocol for one service. */
export function jsonRpcProtocol(context: ProtocolContext): Protocol {
  const { model, id } = context
  const isDynamo = id === 'dynamodb' || id === 'dynamodb-streams'
  const readers = jsonReaders(!isDynamo)
  const writers = new JsonWriters()
  const contentType = context.protocol === 'awsJson1_0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1'

  const answer = (status: number, text: string, requestId: string): WireResponse => {
    const body = Buffer.from(text)
    const headers: Record<string, string> = {
      'x-amzn-requestid': requestId,
      'content-type': contentType,
      'content-length': String(body.length),
    }
    // Older SDKs check DynamoDB's answers against this.
    if (isDynamo) headers['x-amz-crc32'] = String(crc32(body))
    return { status, headers, body }
  }

  return {
    route(request) {
      const target = request.headers['x-amz-target'] ?? ''
      const name = target.slice(target.lastIndexOf('.') + 1)
      if (model.operation(name) === undefined) throw unknownOperation(context.protocol, name, model.file.version)
      return { operation: name, labels: {} }
    },
    read(match, request, body) {
      const { input } = operationOf(model, match.operation)
      try {
        const tree = parseJson(wholeBody(request, body))
        if (input === undefined) return {}
        const value = readers.of(input)(tree, 0)
        checkRequired(context, input, value)
        return value
      } catch (error) {
        if (error instanceof InputFault) throw malformed(context.protocol, id, error, 'body')
        throw error
      }
    },
    write(operation, output, requestId, status = 200) {
      if (operation.output === undefined) return answer(status, '{}', requestId)
      const events = eventsOf(operation, output, writers)
      if (events !== undefined) return eventAnswer(status, requestId, events)
      return answer(status, writers.of(operation.output)(output ?? {}), requestId)
    },
    writeError(_operation, error, requestId, request) {
      const shape = model.error(error.code)
      const name = shape?.name ?? error.code
      const fields = shape === undefined ? JSON.stringify(error.fields) : writers.of(shape)(errorValues(shape, error))
      const hasMessage = shape?.members.some((member) => member.name.toLowerCase() === 'message') === true
      const message = hasMessage ? '' : `,"message":${JSON.stringify(error.message)}`
      const rest = fields === '{}' ? '}' : `,${fields.slice(1)}`
      const response = answer(error.status, `{"__type":${JSON.stringify(name)}${message}${rest}`, requestId)
      Object.assign(response.headers, error.headers)
      if (model.file.queryCompatible === true && request.headers['x-amzn-query-mode'] === 'true')
        response.headers['x-amzn-query-error'] = queryError(shape?.traits.awsQueryError?.[0] ?? error.code, error)
      return response
    },
  }
}

/** The value of `x-amzn-query-error`: the code that clients of the old protocol know. */
export function queryError(code: string, error: AwsError): string {
  return `${code};${faultSide(error.status)}`
}

function eventAnswer(status: number, requestId: string, body: AsyncIterable<Uint8Array>): WireResponse {
  return {
    status,
    headers: { 'x-amzn-requestid': requestId, 'content-type': 'application/vnd.amazon.eventstream' },
    body,
  }
}

/** An output without its event stream. */
export const withoutStream = oncePer((shape: StructureShape) =>
  partOf(
    shape,
    shape.members.filter((member) => !isEventStream(member)),
  ),
)

/** The frames of an operation that answers an event stream; its other members travel in the initial response. */
function eventsOf(operation: Operation, output: unknown, writers: JsonWriters): AsyncIterable<Uint8Array> | undefined {
  const shape = operation.output
  const member = shape?.members.find(isEventStream)
  if (shape === undefined || member?.shape.kind !== 'structure') return undefined
  const values = (output ?? {}) as Readonly<Record<string, unknown>>
  const events = values[member.name]
  if (!isAsyncIterable(events)) return wrong(events, `${operation.name}'s stream`)
  const rest = withoutStream(shape)
  return writeEvents(member.shape, events, {
    contentType: 'application/json',
    write: (part, value) => Buffer.from(writers.of(part)(value)),
    initialResponse: Buffer.from(writers.of(rest)(values)),
  })
}
