// What is told of an asynchronous invocation that is over: the record for its destinations, and the message for the
// function's dead-letter queue. Source: developer guide, "Capturing records of Lambda asynchronous invocations".
import { newRequestId } from '#base/ids.ts'
import type { Envelope, MessageDetails } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { serviceOf } from './destinations.ts'
import { LAMBDA_RECORD_SOURCE, sentWith } from './event-sources/failure-record.ts'
import { type FunctionRef, functionArn } from './function-name.ts'
import { DEAD_LETTER_ERROR_CHARS_MAX, RECORD_BYTES_MAX } from './limits.ts'
import { aboutAsync, recordPlace } from './record-object.ts'

export type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded'

/** How an asynchronous invocation ended. */
export interface InvocationEnd {
  readonly envelope: Envelope
  readonly ref: FunctionRef
  readonly condition: Condition
  /** The execution role, which the record is sent with. */
  readonly role: string
  readonly requestPayload: Uint8Array
  readonly invokeCount: number
  readonly nowMs: number
  /** Of the last attempt in this life; undefined when the event grew too old before one. */
  readonly response:
    | { readonly payload: Uint8Array; readonly executedVersion: string; readonly functionError: string | undefined }
    | undefined
}

/** The event that carries the record to a destination. */
export function recordFor(arn: string, end: InvocationEnd): OutboxRecord {
  const whole = documentOf(end, true)
  const bytesMax = RECORD_BYTES_MAX[serviceOf(arn)] ?? Number.POSITIVE_INFINITY
  // What is too large for its destination is told without the payloads, as AWS does.
  const document = Buffer.byteLength(JSON.stringify(whole)) > bytesMax ? documentOf(end, false) : whole
  return eventTo(arn, end, serviceOf(arn) === 'events' ? busEvent(arn, end, document) : document)
}

/** The message for a dead-letter queue: the event as it was, and why it is there beside it. */
export function deadLetterFor(arn: string, end: InvocationEnd): OutboxRecord {
  const text = (type: string, value: string): { type: string; text: string } => ({ type, text: value })
  const record = eventTo(arn, end, undefined)
  return {
    envelope: { ...record.envelope, payload: end.requestPayload },
    destination: {
      ...record.destination,
      message: {
        attributes: {
          RequestID: text('String', end.envelope.id),
          ErrorCode: text('Number', '200'),
          ErrorMessage: text('String', errorMessage(end)),
        },
      } satisfies MessageDetails,
    },
  }
}

function eventTo(
  arn: string,
  { envelope, ref, role, nowMs }: InvocationEnd,
  document: object | undefined,
): OutboxRecord {
  const id = newRequestId()
  return {
    envelope: {
      id,
      source: LAMBDA_RECORD_SOURCE,
      type: 'Lambda Function Invocation Result',
      subject: functionArn(ref),
      timeMs: nowMs,
      account: ref.account,
      region: ref.region,
      hops: envelope.hops + 1,
      data: sentWith(role),
      ...(document && { payload: Buffer.from(JSON.stringify(document)) }),
    },
    destination: recordPlace(arn, aboutAsync(ref.name), { id, timeMs: nowMs }),
  }
}

function documentOf(end: InvocationEnd, withPayloads: boolean): object {
  const { envelope, ref, condition, requestPayload, invokeCount, nowMs, response } = end
  return {
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: envelope.id,
      functionArn: `${functionArn(ref)}:${ref.qualifier ?? '$LATEST'}`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(withPayloads && { requestPayload: jsonOrText(requestPayload) }),
    ...(response && {
      responseContext: {
        statusCode: 200,
        executedVersion: response.executedVersion,
        ...(response.functionError !== undefined && { functionError: response.functionError }),
      },
      ...(withPayloads && { responsePayload: jsonOrText(response.payload) }),
    }),
  }
}

/** The record as an event of an event bus. */
function busEvent(arn: string, { ref, condition, nowMs }: InvocationEnd, detail: object): object {
  return {
    version: '0',
    id: newRequestId(),
    'detail-type': `Lambda Function Invocation Result - ${condition === 'Success' ? 'Success' : 'Failure'}`,
    source: 'lambda',
    account: ref.account,
    time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    region: ref.region,
    resources: [arn, `${functionArn(ref)}:${ref.qualifier ?? '$LATEST'}`],
    detail,
  }
}

function errorMessage({ condition, response }: InvocationEnd): string {
  if (!response) return condition
  const document = jsonOrText(response.payload)
  const isError = typeof document === 'object' && document !== null && 'errorMessage' in document
  const message = isError ? String(document.errorMessage) : condition
  // A message attribute must not be empty.
  return message.slice(0, DEAD_LETTER_ERROR_CHARS_MAX) || condition
}

/** Runtimes may write anything on their wire; what is no JSON is shown as text. */
function jsonOrText(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8')
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
