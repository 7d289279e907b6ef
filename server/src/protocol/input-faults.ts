// What a client is told when its request is malformed. AWS has a code per protocol, and some services one of their own.
import type { InputFault } from './codec/fault.ts'
import { AwsError } from './errors.ts'
import type { ServiceId } from './services.ts'
import type { ProtocolId } from './wire.ts'

/** Part of the request in which a fault was found. */
export type FaultPlace = 'uri' | 'query' | 'header' | 'body'

/** The service's error for a fault of the codecs. */
export function malformed(
  protocol: ProtocolId,
  id: ServiceId | undefined,
  fault: InputFault,
  place: FaultPlace,
): AwsError {
  switch (protocol) {
    case 'restXml':
      return malformedXml(fault, place)
    case 'awsQuery':
      return malformedQuery(id, fault)
    case 'restJson1':
      if (place === 'uri' || place === 'query' || place === 'header')
        return new AwsError('ValidationException', 400, fault.message, { cause: fault })
      if (id === 'lambda' && fault.kind === 'syntax') {
        const message = `Could not parse request body into json: ${fault.message}`
        return new AwsError('InvalidRequestContentException', 400, message, { cause: fault })
      }
      return serialization(fault)
    case 'awsJson1_0':
    case 'awsJson1_1':
    case 'rpcv2Cbor':
      return serialization(fault)
  }
}

function serialization(fault: InputFault): AwsError {
  return new AwsError('SerializationException', 400, fault.message, { cause: fault })
}

function malformedXml(fault: InputFault, place: FaultPlace): AwsError {
  if (place === 'uri') return new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.", { cause: fault })
  if (place !== 'body') return new AwsError('InvalidArgument', 400, fault.message, { cause: fault })
  const message = 'The XML you provided was not well-formed or did not validate against our published schema'
  return new AwsError('MalformedXML', 400, message, { cause: fault })
}

function malformedQuery(id: ServiceId | undefined, fault: InputFault): AwsError {
  if (fault.kind !== 'type')
    return new AwsError('MalformedQueryString', 400, 'The query string contains a syntax error.', { cause: fault })
  switch (id) {
    case 'sqs':
      return new AwsError('InvalidParameterValue', 400, fault.message, { cause: fault })
    case 'sns':
      return new AwsError('InvalidParameter', 400, `Invalid parameter: ${fault.message}`, { cause: fault })
    default:
      return new AwsError('MalformedInput', 400, fault.message, { cause: fault })
  }
}

/** Services whose code for broken constraints is not ValidationException (query: ValidationError). */
const VALIDATION_CODES: Readonly<Partial<Record<ServiceId, string>>> = {
  'cloudwatch-logs': 'InvalidParameterException',
  'cognito-identity-provider': 'InvalidParameterException',
  'cognito-identity': 'InvalidParameterException',
  budgets: 'InvalidParameterException',
  'resource-groups-tagging-api': 'InvalidParameterException',
  xray: 'InvalidRequestException',
  iot: 'InvalidRequestException',
  'iot-data-plane': 'InvalidRequestException',
  'api-gateway': 'BadRequestException',
  apigatewayv2: 'BadRequestException',
  apigatewaymanagementapi: 'BadRequestException',
  schemas: 'BadRequestException',
  serverlessapplicationrepository: 'BadRequestException',
}

/** The service's error for required members that are missing; `paths` as coral writes them, at least one. */
export function missingMembers(protocol: ProtocolId, id: ServiceId | undefined, paths: readonly string[]): AwsError {
  const [first = ''] = paths
  const parameter = first.charAt(0).toUpperCase() + first.slice(1)
  if (protocol === 'restXml') return missingInXml(first)
  if (id === 'sqs') return new AwsError('MissingParameter', 400, `The request must contain the parameter ${parameter}.`)
  if (id === 'cloudwatch') return new AwsError('MissingParameter', 400, `The parameter ${parameter} is required.`)
  const code = (id === undefined ? undefined : VALIDATION_CODES[id]) ?? defaultCode(protocol)
  const constraints = paths.map(
    (path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  )
  const head = `${paths.length} validation error${paths.length === 1 ? '' : 's'} detected: `
  return new AwsError(code, 400, head + constraints.join('; '))
}

function defaultCode(protocol: ProtocolId): string {
  return protocol === 'awsQuery' ? 'ValidationError' : 'ValidationException'
}

/** Only the body can lack something that the router did not need. */
function missingInXml(path: string): AwsError {
  if (path.includes('.')) {
    const message = 'The XML you provided was not well-formed or did not validate against our published schema'
    return new AwsError('MalformedXML', 400, message)
  }
  return new AwsError('MissingRequestBodyError', 400, 'Request Body is empty')
}

/** The service's error for a request that names no operation of its. */
export function unknownOperation(protocol: ProtocolId, name: string | undefined, version: string): AwsError {
  switch (protocol) {
    case 'restXml':
      return new AwsError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.')
    case 'awsQuery':
      if (name === undefined || name === '')
        return new AwsError('MissingAction', 400, 'The request is missing an action or a required parameter.')
      return new AwsError('InvalidAction', 400, `Could not find operation ${name} for version ${version}`)
    case 'restJson1':
      return new AwsError('UnknownOperationException', 404, 'No operation has this method and path.')
    case 'awsJson1_0':
    case 'awsJson1_1':
    case 'rpcv2Cbor':
      return new AwsError('UnknownOperationException', 400, `The operation ${name ?? ''} is unknown.`)
  }
}
