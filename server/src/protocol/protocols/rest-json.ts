// restJson1: operations by method and path, JSON bodies.
import { writeEvents } from '../codec/event-write.ts'
import { jsonReaders, parseJson } from '../codec/json-read.ts'
import { JsonWriters } from '../codec/json-write.ts'
import { wrong } from '../codec/scalar-text.ts'
import { malformed, unknownOperation } from '../input-faults.ts'
import { bindingsOf } from '../rest/bindings.ts'
import { type InputReader, inputReader, PlacedFault, type QueryMaps } from '../rest/rest-read.ts'
import { type BodyFormat, errorHeaderParts, type OutputWriter, outputWriter } from '../rest/rest-write.ts'
import { restRouter, type Router } from '../rest/router.ts'
import { oncePer } from '../once-per.ts'
import { partOf, type StructureShape } from '../schema.ts'
import type { WireResponse } from '../wire.ts'
import { checkRequired, errorValues, operationOf, type Protocol, type ProtocolContext, wholeBody } from './protocol.ts'

/** The protocol for one service. */
export function restJsonProtocol(context: ProtocolContext): Protocol {
  const { model, id, protocol } = context
  const readers = jsonReaders(true)
  const writers = new JsonWriters()
  const queryMaps: QueryMaps = id === undefined ? 'all' : 'rest'
  const inputs = new Map<string, InputReader>()
  const outputs = new Map<string, OutputWriter>()
  let router: Router | undefined
  const format = jsonBodyFormat(writers)

  const inputReaderOf = (name: string): InputReader => {
    let reader = inputs.get(name)
    if (reader === undefined) {
      reader = inputReader(
        operationOf(model, name),
        {
          read: (shape, body) => readers.of(shape)(parseJson(body), 0),
          emptyPayloadIsNone: true,
        },
        queryMaps,
      )
      inputs.set(name, reader)
    }
    return reader
  }

  return {
    route(request) {
      const match = (router ??= restRouter(model))(request)
      if (match === undefined) throw unknownOperation(protocol, undefined, model.file.version)
      return match
    },
    read(match, request, body) {
      const { input } = operationOf(model, match.operation)
      try {
        const bytes = Buffer.isBuffer(body) ? wholeBody(request, body) : body
        const value = inputReaderOf(match.operation)(match, request, bytes)
        if (input !== undefined) checkRequired(context, input, value)
        return value
      } catch (error) {
        if (error instanceof PlacedFault) throw malformed(protocol, id, error.fault, error.place)
        throw error
      }
    },
    write(operation, output, requestId, status) {
      let writer = outputs.get(operation.name)
      if (writer === undefined) {
        writer = outputWriter(operation, format)
        outputs.set(operation.name, writer)
      }
      const response = writer(output, status)
      response.headers['x-amzn-requestid'] = requestId
      return response
    },
    writeError(_operation, error, requestId): WireResponse {
      const shape = model.error(error.code)
      const headers: Record<string, string> = {
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': shape?.name ?? error.code,
        'content-type': 'application/json',
        ...error.headers,
      }
      let text = JSON.stringify({ message: error.message, ...error.fields })
      if (shape !== undefined) {
        const values = errorValues(shape, error)
        for (const part of errorHeaderParts(shape)) part(values, headers)
        text = writers.of(errorBody(shape))(values)
        // Some modelled errors have no member for their message, but clients look for one.
        if (text === '{}') text = JSON.stringify({ message: error.message })
      }
      const body = Buffer.from(text)
      headers['content-length'] = String(body.length)
      return { status: error.status, headers, body }
    },
  }
}

/** What of an error travels in its body. */
const errorBody = oncePer((shape: StructureShape) => bindingsOf(shape, 'output').body ?? partOf(shape, []))

function jsonBodyFormat(writers: JsonWriters): BodyFormat {
  return {
    contentType: 'application/json',
    write: (shape, value) => writers.of(shape)(value),
    emptyBody: '',
    eventStream: (member, events) => {
      if (member.shape.kind !== 'structure') return wrong(member.shape.kind, 'a union')
      return writeEvents(member.shape, events, {
        contentType: 'application/json',
        write: (shape, value) => Buffer.from(writers.of(shape)(value)),
        initialResponse: undefined,
      })
    },
  }
}
