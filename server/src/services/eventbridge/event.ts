// An event as rules and targets see it, and its way into the outbox.
import { newRequestId } from '#base/ids.ts'
import type { Envelope } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { type BusRef, busArn } from './arn.ts'

/** The source name of EventBridge's own envelopes; their payload is the event. */
export const BUS_EVENT_SOURCE = 'mayfly.events'
/** The targets of the outbox that EventBridge offers. */
export const BUS_TARGET = 'events'
export const RULE_TARGET = 'events-rule'
export const ARCHIVE_TARGET = 'events-archive'
export const REPLAY_TARGET = 'events-replay'

export interface EventFields {
  readonly id: string
  readonly detailType: string
  readonly source: string
  readonly account: string
  readonly region: string
  readonly timeMs: number
  readonly resources: readonly string[]
  /** JSON text of an object, which stays as it was written. */
  readonly detail: string
}

/** The event's JSON text. */
export function eventText(event: EventFields): string {
  const head = {
    version: '0',
    id: event.id,
    'detail-type': event.detailType,
    source: event.source,
    account: event.account,
    time: eventTime(event.timeMs),
    region: event.region,
    resources: event.resources,
  }
  return `${JSON.stringify(head).slice(0, -1)},"detail":${event.detail}}`
}

/** Events have whole seconds. */
export function eventTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}

/** What an envelope of EventBridge says beside its event. */
export interface BusEventData {
  /** Rules up to this name have had the event. */
  readonly after?: string
  /** The event comes from an archive: for the rules with these ARNs only, or for all. */
  readonly replay?: { readonly name: string; readonly rules: readonly string[] }
}

export interface Occurrence {
  readonly type: string
  readonly subject: string
  readonly timeMs: number
  readonly hops: number
  readonly payload: Uint8Array
  readonly data: BusEventData
}

/** Brings an event to a bus. */
export function toBus(bus: BusRef, occurrence: Occurrence, id = newRequestId()): OutboxRecord {
  return {
    envelope: envelopeOf(bus, occurrence, id),
    destination: { target: BUS_TARGET, arn: busArn(bus) },
  }
}

export function envelopeOf(
  { account, region }: Pick<BusRef, 'account' | 'region'>,
  { type, subject, timeMs, hops, payload, data }: Occurrence,
  id = newRequestId(),
): Envelope {
  return { id, source: BUS_EVENT_SOURCE, type, subject, timeMs, account, region, hops, data, payload }
}
