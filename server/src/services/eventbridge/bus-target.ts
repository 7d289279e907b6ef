// How events reach a bus: each is matched with the bus's rules and archives, and what wants it becomes an event of its own,
// in the commit that takes the first one out of the outbox. A bus with very many rules is served page by page.
import type { Envelope } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { nestDots } from '#events/pattern/dots.ts'
import type { DeliveryOutcome, Target } from '#events/target.ts'
import type { ArchiveData } from './archive-target.ts'
import { archiveArn, type BusRef, busArn, readBusArn, ruleArn } from './arn.ts'
import { busRefusal } from './bus-refusal.ts'
import type { BusView } from './bus-view.ts'
import type { EventBridgeDeps } from './deps.ts'
import { ARCHIVE_TARGET, BUS_EVENT_SOURCE, BUS_TARGET, type BusEventData, envelopeOf, toBus } from './event.ts'
import { MATCH_BYTES_MAX, MATCH_RECORDS_MAX } from './limits.ts'
import { OWN_RETRIES } from './retry.ts'
import { toRuleTarget } from './rule-target.ts'

export function createBusTarget(deps: EventBridgeDeps): Target {
  return {
    name: BUS_TARGET,
    retryPolicy: () => Promise.resolve(OWN_RETRIES),
    refusal: (arn, origin) => busRefusal(deps.store, arn, origin),
    async deliver(envelope, { arn }, payload): Promise<DeliveryOutcome> {
      const ref = readBusArn(arn)
      const view = ref && (await deps.views.get(ref))
      // As on AWS, what is sent to a bus that is gone is dropped.
      if (view === undefined) return { kind: 'delivered' }
      const event = parseEvent(payload)
      if (event === undefined) return { kind: 'rejected', reason: 'what came is not an event' }
      return { kind: 'delivered', follows: matched(view, new Arrival(envelope, payload, event)) }
    },
  }
}

function parseEvent(payload: Uint8Array): object | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return typeof event === 'object' && event !== null ? nestDots(event) : undefined
  } catch {
    return undefined
  }
}

/** An event that has come to the bus. */
class Arrival {
  readonly event: object
  readonly payload: Uint8Array
  readonly envelope: Envelope
  readonly data: BusEventData
  readonly hops: number

  constructor(envelope: Envelope, payload: Uint8Array, event: object) {
    const isOwn = envelope.source === BUS_EVENT_SOURCE
    this.envelope = envelope
    this.payload = payload
    this.event = event
    // Only EventBridge itself makes envelopes of its own source: their data is BusEventData.
    this.data = isOwn ? (envelope.data as BusEventData) : {}
    // What another service tells the bus has come one service further.
    this.hops = isOwn ? envelope.hops : envelope.hops + 1
  }
}

function matched({ bus, rules, archives }: BusView, arrival: Arrival): readonly OutboxRecord[] {
  const { event, data } = arrival
  const isFirstPage = data.after === undefined
  const kept = isFirstPage && data.replay === undefined ? archives.filter(({ matches }) => matches(event)) : []
  const records = kept.map(({ archive }) => toArchive(archive, arrival))
  for (const { rule, matches } of rules) {
    if (data.after !== undefined && rule.name <= data.after) continue
    if (!isWanted(data.replay, ruleArn(rule)) || !matches(event)) continue
    const { envelope, payload, hops } = arrival
    const occurrence = { type: envelope.type, subject: rule.name, timeMs: envelope.timeMs, hops, payload, data: {} }
    for (const { id } of rule.targets) records.push(toRuleTarget(rule, id, occurrence))
    if (records.length >= MATCH_RECORDS_MAX || records.length * payload.length >= MATCH_BYTES_MAX)
      return [...records, goOn(bus, arrival, rule.name)]
  }
  return records
}

/** A replay may be for some rules only. */
function isWanted(replay: BusEventData['replay'], arn: string): boolean {
  return replay === undefined || replay.rules.length === 0 || replay.rules.includes(arn)
}

/** The same event, for the rules that come after this one. */
function goOn(bus: BusRef, { envelope, payload, hops, data }: Arrival, after: string): OutboxRecord {
  const { type, timeMs } = envelope
  return toBus(bus, { type, subject: busArn(bus), timeMs, hops, payload, data: { ...data, after } })
}

/** In a lane: each event changes the archive's counts. */
function toArchive(
  archive: { readonly account: string; readonly region: string; readonly name: string; readonly id: string },
  arrival: Arrival,
): OutboxRecord {
  const { envelope, payload, hops } = arrival
  const { type, timeMs } = envelope
  return {
    envelope: {
      ...envelopeOf(archive, { type, subject: archive.name, timeMs, hops, payload, data: {} }),
      data: { archiveId: archive.id, eventMs: eventMsOf(arrival) } satisfies ArchiveData,
    },
    destination: { target: ARCHIVE_TARGET, arn: archiveArn(archive), lane: archive.id },
  }
}

/** Archives and replays go by the time that stands in the event. */
function eventMsOf({ event, envelope }: Arrival): number {
  const timeMs = 'time' in event ? Date.parse(String(event.time)) : Number.NaN
  return Number.isNaN(timeMs) ? envelope.timeMs : timeMs
}
