// What each protocol takes as an endpoint, and whose confirmation it needs. Source: Subscribe in the SNS API reference.
import { readArn, type TopicRef } from './arn.ts'
import type { SnsDeps } from './deps.ts'
import { invalidParameter, notFound } from './errors.ts'
import { endpoints as platformEndpoints, parseEndpointArn } from './platform.ts'
import { isPhoneNumber } from './sms.ts'
import { type Protocol, PROTOCOLS } from './subscription.ts'
import { protocolRefusal } from './subscription-attributes.ts'

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/
const ENDPOINT_CHARS_MAX = 2048

/** Throws InvalidParameter. */
export async function checkEndpoint(
  deps: Pick<SnsDeps, 'http' | 'store'>,
  topic: TopicRef,
  protocolText: string,
  endpointText: string | undefined,
): Promise<{ readonly protocol: Protocol; readonly endpoint: string }> {
  const protocol = PROTOCOLS.find((one) => one === protocolText)
  if (protocol === undefined)
    throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocolText.slice(0, 64)}`)
  const endpoint = endpointText ?? ''
  if (endpoint === '' || endpoint.length > ENDPOINT_CHARS_MAX) throw invalidParameter('Endpoint')
  const reason = (await wrongEndpoint(deps, protocol, endpoint)) ?? protocolRefusal(topic, protocol, endpoint)
  if (reason !== undefined) throw invalidParameter(reason)
  return { protocol, endpoint }
}

async function wrongEndpoint(
  { http, store }: Pick<SnsDeps, 'http' | 'store'>,
  protocol: Protocol,
  endpoint: string,
): Promise<string | undefined> {
  switch (protocol) {
    case 'http':
    case 'https': {
      if (!endpoint.startsWith(`${protocol}://`)) return 'Endpoint must match the specified protocol'
      const refusal = http.refusal(endpoint)
      return refusal === undefined ? undefined : `Endpoint Reason: Unreachable Endpoint: ${refusal}`
    }
    case 'email':
    case 'email-json':
      return EMAIL.test(endpoint) ? undefined : 'Email address'
    case 'sms':
      return isPhoneNumber(endpoint) ? undefined : `Invalid SMS endpoint: ${endpoint}`
    case 'sqs':
      return readArn(endpoint)?.service === 'sqs' ? undefined : 'SQS endpoint ARN'
    case 'lambda':
      return readArn(endpoint)?.service === 'lambda' ? undefined : 'Lambda endpoint ARN'
    case 'firehose':
      return readArn(endpoint)?.service === 'firehose' ? undefined : 'Firehose endpoint ARN'
    case 'application': {
      const key = parseEndpointArn(endpoint, 'Endpoint')
      if ((await platformEndpoints.get(store, key)) === undefined) throw notFound('Endpoint')
      return undefined
    }
  }
}

/** Resources of the subscriber's own account need none. */
export function needsConfirmation(topic: TopicRef, protocol: Protocol, endpoint: string, caller: string): boolean {
  switch (protocol) {
    case 'http':
    case 'https':
    case 'email':
    case 'email-json':
      return true
    case 'sms':
    case 'application':
      return false
    case 'sqs':
    case 'lambda':
    case 'firehose': {
      const owner = readArn(endpoint)?.account
      return owner !== caller && owner !== topic.account
    }
  }
}
