// restXml: operations by method and path, XML bodies. In practice S3, whose answers differ in places: routing, errors
// without a wrapper, the unwrapped GetBucketLocation, two request ids.
import { writeEvents } from '../codec/event-write.ts'
import { InputFault } from '../codec/fault.ts'
import { wrong } from '../codec/scalar-text.ts'
import { parseXml } from '../codec/xml-parse.ts'
import { XmlReaders } from '../codec/xml-read.ts'
import { escapeXml, namespaceAttribute, XmlWriters } from '../codec/xml-write.ts'
import type { AwsError } from '../errors.ts'
import { malformed, unknownOperation } from '../input-faults.ts'
import { type InputReader, inputReader, PlacedFault, type QueryMaps } from '../rest/rest-read.ts'
import { asS3SeesIt } from '../rest/s3-request.ts'
import { type BodyFormat, errorHeaderParts, type OutputWriter, outputWriter } from '../rest/rest-write.ts'
import { restRouter, type Router } from '../rest/router.ts'
import { s3Router } from '../rest/s3-router.ts'
import { type Operation, type StructureShape } from '../schema.ts'
import type { WireRequest } from '../wire.ts'
import {
  checkRequired,
  errorDetails,
  errorValues,
  faultSide,
  operationOf,
  type Protocol,
  type ProtocolContext,
  unknownFields,
} from './protocol.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The protocol for one service. */
export function restXmlProtocol(context: ProtocolContext): Protocol {
  const { model, id, protocol } = context
  const isS3 = id === 's3'
  const readers = new XmlReaders()
  const writers = new XmlWriters(!isS3)
  const queryMaps: QueryMaps = id === undefined ? 'all' : 'rest'
  const inputs = new Map<string, InputReader>()
  const outputs = new Map<string, OutputWriter>()
  let router: Router | undefined

  const inputReaderOf = (name: string): InputReader => {
    let reader = inputs.get(name)
    if (reader === undefined) {
      const root = isS3 ? documentName(operationOf(model, name).input) : undefined
      reader = inputReader(
        operationOf(model, name),
        {
          read: (shape, body) => {
            if (body.length === 0) return undefined
            const element = parseXml(body)
            // A document of another kind would read as one without any members: an empty configuration.
            if (root !== undefined && element.name !== root) throw new InputFault('type', `<${root}> was expected`)
            return readers.of(shape)(element)
          },
          emptyPayloadIsNone: false,
        },
        queryMaps,
      )
      inputs.set(name, reader)
    }
    return reader
  }

  return {
    route(request) {
      router ??= isS3 ? s3Router(model) : restRouter(model)
      const match = routeOf(router, request, (fault) => malformed(protocol, id, fault, 'query'))
      if (match === undefined) throw unknownOperation(protocol, undefined, model.file.version)
      return match
    },
    read(match, request, body) {
      const { input } = operationOf(model, match.operation)
      try {
        const value = inputReaderOf(match.operation)(match, isS3 ? asS3SeesIt(request) : request, body)
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
        writer = outputWriter(operation, xmlBodyFormat(operation, writers, model.file.xmlNamespace, isS3))
        outputs.set(operation.name, writer)
      }
      const response = writer(output, status)
      Object.assign(response.headers, requestIdHeaders(isS3, requestId))
      return response
    },
    writeError(_operation, error, requestId, request) {
      const shape = model.error(error.code)
      const headers: Record<string, string> = { ...requestIdHeaders(isS3, requestId), ...error.headers }
      if (request.method === 'HEAD' || error.status === 304) {
        return { status: error.status, headers, body: Buffer.alloc(0) }
      }
      const body = Buffer.from(
        DECLARATION + errorXml(shape, error, requestId, { isS3, writers, headers, namespace: model.file.xmlNamespace }),
      )
      headers['content-type'] = 'application/xml'
      headers['content-length'] = String(body.length)
      return { status: error.status, headers, body }
    },
  }
}

/** The name of the document that a request carries as its payload. */
function documentName(input: StructureShape | undefined): string | undefined {
  const payload = input?.members.find((member) => member.traits.httpPayload === 1)
  if (payload?.shape.kind !== 'structure') return undefined
  return payload.traits.xmlName ?? payload.shape.traits.xmlName ?? payload.shape.name
}

function routeOf(router: Router, request: WireRequest, refuse: (fault: InputFault) => AwsError): ReturnType<Router> {
  try {
    return router(asS3SeesIt(request))
  } catch (error) {
    if (error instanceof InputFault) throw refuse(error)
    throw error
  }
}

/** S3's second id belongs to the host that answered; ours is made from the first. */
function hostId(requestId: string): string {
  return Buffer.from(requestId).toString('base64')
}

function requestIdHeaders(isS3: boolean, requestId: string): Record<string, string> {
  return isS3 ? { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId(requestId) } : { 'x-amzn-requestid': requestId }
}

interface ErrorParts {
  readonly isS3: boolean
  readonly writers: XmlWriters
  readonly headers: Record<string, string>
  readonly namespace: string | undefined
}

function errorXml(shape: StructureShape | undefined, error: AwsError, requestId: string, parts: ErrorParts): string {
  const { isS3, writers, headers, namespace } = parts
  let inner = `<Code>${escapeXml(shape?.name ?? error.code)}</Code><Message>${escapeXml(error.message)}</Message>`
  if (shape !== undefined) {
    const values = errorValues(shape, error)
    for (const part of errorHeaderParts(shape)) part(values, headers)
    inner += writers.content(errorDetails(shape))(values)
  }
  for (const [name, text] of unknownFields(shape, error)) inner += `<${name}>${escapeXml(text)}</${name}>`
  if (isS3)
    return `<Error>${inner}<RequestId>${escapeXml(requestId)}</RequestId><HostId>${hostId(requestId)}</HostId></Error>`
  const xmlns = namespaceAttribute(namespace === undefined ? undefined : ['', namespace])
  const type = `<Type>${faultSide(error.status)}</Type>`
  return `<ErrorResponse${xmlns}><Error>${type}${inner}</Error><RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`
}

function xmlBodyFormat(
  operation: Operation,
  writers: XmlWriters,
  namespace: string | undefined,
  isS3: boolean,
): BodyFormat {
  const unwrapped = isS3 && operation.name === 'GetBucketLocation'
  return {
    contentType: 'application/xml',
    write(shape, value, member) {
      const named = member?.traits.xmlName ?? operation.outputTraits.xmlName
      const own = shape.kind === 'structure' ? (shape.traits.xmlName ?? shape.name) : (member?.name ?? operation.name)
      const ownNamespace =
        member?.traits.xmlNamespace ??
        operation.outputTraits.xmlNamespace ??
        (shape.kind === 'structure' ? shape.traits.xmlNamespace : undefined)
      const xmlns = namespaceAttribute(ownNamespace ?? (namespace === undefined ? undefined : ['', namespace]))
      if (unwrapped) return DECLARATION + locationXml(value, xmlns)
      return DECLARATION + writers.root(shape, named ?? own, value, xmlns)
    },
    emptyBody: '',
    eventStream: (member, events) => {
      if (member.shape.kind !== 'structure') return wrong(member.shape.kind, 'a union')
      return writeEvents(member.shape, events, {
        contentType: 'text/xml',
        write: (shape, value, part) =>
          Buffer.from(writers.root(shape, part.traits.xmlName ?? rootName(shape, part.name), value, '')),
        initialResponse: undefined,
      })
    },
  }
}

function rootName(shape: { readonly kind: string }, fallback: string): string {
  return 'name' in shape && typeof shape.name === 'string' ? shape.name : fallback
}

/** GetBucketLocation answers the text of its one member as the root element. */
function locationXml(value: unknown, xmlns: string): string {
  const location = (value as { readonly LocationConstraint?: unknown }).LocationConstraint
  if (typeof location !== 'string' || location === '') return `<LocationConstraint${xmlns}/>`
  return `<LocationConstraint${xmlns}>${escapeXml(location)}</LocationConstraint>`
}
