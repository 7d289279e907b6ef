// A call as a CloudTrail event. Source: CloudTrail user guide, "CloudTrail record contents for management and data events".
import { newRequestId } from '#base/ids.ts'
import type { OperationKind } from './operation-kinds.ts'
import { serviceRow, type ServiceId } from '#protocol/services.ts'
import { ELEMENT_BYTES_MAX, TEXT_CHARS_MAX } from './limits.ts'
import { type NamedResource } from './resource-type.ts'
import type { UserIdentity } from './user-identity.ts'

const EVENT_VERSION = '1.11'

export interface TlsDetails {
  readonly tlsVersion: string
  readonly cipherSuite: string
  readonly clientProvidedHostHeader: string
}

/** What an event is made of. */
export interface EventFacts {
  readonly kind: OperationKind
  /** `iam.amazonaws.com`. */
  readonly source: string
  readonly operation: string
  readonly region: string
  readonly readOnly: boolean
  readonly recipient: string
  readonly userIdentity: UserIdentity
  readonly requestId: string
  readonly nowMs: number
  readonly sourceAddress: string
  readonly userAgent: string | undefined
  readonly requestParameters: Readonly<Record<string, unknown>> | undefined
  readonly responseElements: Readonly<Record<string, unknown>> | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
  readonly resources: readonly NamedResource[]
  readonly additional: Readonly<Record<string, unknown>> | undefined
  /** Of a connection that was encrypted here. */
  readonly tls: TlsDetails | undefined
  /** The same in the events of all accounts that are told of one call. */
  readonly sharedEventId: string | undefined
}

/** As JSON text on one line. */
export function encodeEvent(facts: EventFacts): Buffer {
  const { error, resources } = facts
  return Buffer.from(
    JSON.stringify({
      eventVersion: EVENT_VERSION,
      userIdentity: facts.userIdentity,
      // When the call was completed.
      eventTime: new Date(facts.nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      eventSource: facts.source,
      eventName: facts.operation,
      awsRegion: facts.region,
      sourceIPAddress: facts.sourceAddress,
      userAgent: facts.userAgent?.slice(0, TEXT_CHARS_MAX),
      ...(error !== undefined && { errorCode: error.code, errorMessage: error.message.slice(0, TEXT_CHARS_MAX) }),
      requestParameters: bounded('requestParameters', facts.requestParameters),
      responseElements: bounded('responseElements', facts.responseElements),
      ...(facts.additional !== undefined && { additionalEventData: facts.additional }),
      requestID: facts.requestId,
      eventID: newRequestId(),
      readOnly: facts.readOnly,
      ...(resources.length > 0 && {
        resources: resources.map(({ account, type, arn }) => ({ accountId: account || undefined, type, ARN: arn })),
      }),
      eventType: 'AwsApiCall',
      managementEvent: facts.kind === 'management',
      recipientAccountId: facts.recipient,
      ...(facts.sharedEventId !== undefined && { sharedEventID: facts.sharedEventId }),
      eventCategory: facts.kind === 'management' ? 'Management' : 'Data',
      tlsDetails: facts.tls,
    }),
  )
}

/** `iam.amazonaws.com`. */
export function eventSourceOf(service: ServiceId): string {
  return `${serviceRow(service).signingNames[0]}.amazonaws.com`
}

function bounded(name: string, value: Readonly<Record<string, unknown>> | undefined): unknown {
  if (value === undefined || Object.keys(value).length === 0) return null
  const originalSize = Buffer.byteLength(JSON.stringify(value))
  return originalSize > ELEMENT_BYTES_MAX ? { omitted: true, originalSize, reason: `${name} too large` } : value
}

/** An event as it is read again; what a reader does not know of is passed on. */
export interface AuditEvent {
  readonly userIdentity: UserIdentity
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress?: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestID?: string
  readonly eventID: string
  readonly readOnly: boolean
  readonly resources?: readonly { readonly accountId?: string; readonly type: string; readonly ARN: string }[]
  readonly managementEvent: boolean
  readonly eventCategory: 'Management' | 'Data'
}

export function decodeEvent(event: Buffer): AuditEvent {
  // Only `encodeEvent` makes events.
  return JSON.parse(event.toString()) as AuditEvent
}

const TIME = Buffer.from('"eventTime":"')
const TIME_CHARS = 20

/** When it happened, without reading all of it. */
export function timeOfEvent(event: Buffer): number {
  const at = event.indexOf(TIME)
  return Date.parse(event.toString('latin1', at + TIME.length, at + TIME.length + TIME_CHARS))
}
