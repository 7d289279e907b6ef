// awsQuery: a form (or query string) with Action and Version, XML answers.
import { InputFault } from '../codec/fault.ts'
import { parseParameters, QueryReaders } from '../codec/query-read.ts'
import { escapeXml, namespaceAttribute, XmlWriters } from '../codec/xml-write.ts'
import type { AwsError } from '../errors.ts'
import { formDecode } from '../form.ts'
import { malformed, unknownOperation } from '../input-faults.ts'
import type { StructureShape } from '../schema.ts'
import type { WireRequest, WireResponse } from '../wire.ts'
import {
  checkRequired,
  errorDetails,
  errorValues,
  faultSide,
  operationOf,
  type Protocol,
  type ProtocolContext,
  unknownFields,
  wholeBody,
} from './protocol.ts'

const ACTION = /(?:^|&)Action=([^&]*)/

/** The protocol for one service. */
export function queryProtocol(context: ProtocolContext): Protocol {
  const { model, id, protocol } = context
  const readers = new QueryReaders()
  const writers = new XmlWriters(true)
  const { xmlNamespace, version } = model.file
  const xmlns = namespaceAttribute(xmlNamespace === undefined ? undefined : ['', xmlNamespace])

  const answer = (status: number, xml: string, requestId: string): WireResponse => {
    const body = Buffer.from(xml)
    const headers = {
      'x-amzn-requestid': requestId,
      'content-type': 'text/xml',
      'content-length': String(body.length),
    }
    return { status, headers, body }
  }

  return {
    route(request, form) {
      try {
        const name = formDecode((ACTION.exec(form?.toString() ?? '') ?? ACTION.exec(request.query))?.[1] ?? '')
        if (model.operation(name) === undefined) throw unknownOperation(protocol, name, version)
        return { operation: name, labels: {} }
      } catch (error) {
        if (error instanceof InputFault) throw malformed(protocol, id, error, 'body')
        throw error
      }
    },
    read(match, request, body) {
      const { input } = operationOf(model, match.operation)
      if (input === undefined) return {}
      try {
        const form = wholeBody(request, body).toString()
        const text = form === '' || request.query === '' ? form + request.query : `${form}&${request.query}`
        const value = readers.of(input)(parseParameters(text))
        const complete = id === 'sqs' ? withQueueUrl(input, value, request) : value
        checkRequired(context, input, complete)
        return complete
      } catch (error) {
        if (error instanceof InputFault) throw malformed(protocol, id, error, 'body')
        throw error
      }
    },
    write(operation, output, requestId, status = 200) {
      const { name } = operation
      const wrapper = operation.traits.resultWrapper ?? `${name}Result`
      const content = operation.output === undefined ? '' : writers.content(operation.output)(output ?? {})
      const result =
        operation.output === undefined || wrapper === false ? content : `<${wrapper}>${content}</${wrapper}>`
      const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`
      return answer(status, `<${name}Response${xmlns}>${result}${metadata}</${name}Response>`, requestId)
    },
    writeError(_operation, error, requestId) {
      const shape = model.error(error.code)
      const [code, status] = shape?.traits.awsQueryError ?? [error.code, error.status]
      const xml =
        `<ErrorResponse${xmlns}><Error><Type>${faultSide(status)}</Type><Code>${escapeXml(code)}</Code>` +
        `<Message>${escapeXml(error.message)}</Message>${errorFields(shape, error, writers)}</Error>` +
        `<RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`
      const response = answer(status, xml, requestId)
      Object.assign(response.headers, error.headers)
      return response
    },
  }
}

function errorFields(shape: StructureShape | undefined, error: AwsError, writers: XmlWriters): string {
  let text = ''
  if (shape !== undefined) {
    text = writers.content(errorDetails(shape))(errorValues(shape, error))
  }
  for (const [name, value] of unknownFields(shape, error)) text += `<${name}>${escapeXml(value)}</${name}>`
  return text
}

/** Old SQS clients name the queue by the path that they post to. */
function withQueueUrl(input: StructureShape, value: unknown, request: WireRequest): unknown {
  const fields = value as Readonly<Record<string, unknown>>
  if (fields['QueueUrl'] !== undefined || !/^\/\d{12}\/[^/]+$/.test(request.path)) return value
  if (!input.members.some((member) => member.name === 'QueueUrl')) return value
  return { ...fields, QueueUrl: `http://${request.headers['host'] ?? 'localhost'}${request.path}` }
}
