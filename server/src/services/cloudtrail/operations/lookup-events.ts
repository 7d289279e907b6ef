// LookupEvents: the management events of the last 90 days in a region, newest first. Events of services without a region
// are those of us-east-1.
import { type AuditEvent, decodeEvent } from '#audit/event.ts'
import type { JournalEntry } from '#audit/journal.ts'
import { RECORD_AGE_MAX_MS } from '#audit/limits.ts'
import { resourceOfArn } from '#audit/resource-type.ts'
import { searchJournal } from '#audit/search.ts'
import { userNameOf } from '#audit/user-identity.ts'
import { createHash } from 'node:crypto'
import { trailError } from '../errors.ts'
import { LOOKUP_ATTRIBUTES_MAX, LOOKUP_EVENTS_MAX } from '../limits.ts'
import type { CloudTrailInput, CloudTrailOperation } from '../model.ts'

type LookupInput = CloudTrailInput<'LookupEvents'>

export const lookupEvents: CloudTrailOperation<'LookupEvents'> = async ({ journal, clock }, input, context) => {
  const max = input.MaxResults ?? LOOKUP_EVENTS_MAX
  if (max < 1 || max > LOOKUP_EVENTS_MAX)
    throw trailError(
      'InvalidMaxResultsException',
      `A max results value of ${max} is invalid. Specify max results between 1 and ${LOOKUP_EVENTS_MAX}.`,
    )
  const attribute = attributeOf(input)
  const { fromMs, toMs } = rangeOf(input, clock.nowMs())
  const before = readToken(input)
  if (input.EventCategory !== undefined) {
    if (input.EventCategory !== 'insight')
      throw trailError('InvalidEventCategoryException', `${String(input.EventCategory)} is no event category.`)
    // Mayfly makes no Insights events.
    return { Events: [] }
  }
  const { entries, next } = await searchJournal(journal, {
    account: context.account,
    fromMs,
    toMs,
    before,
    holding: ['"eventCategory":"Management"', `"awsRegion":${JSON.stringify(context.region)}`, ...attribute.holding],
    wants: (entry) => isWanted(decodeEvent(entry.event), context.region, attribute),
    max,
  })
  return {
    Events: entries.map(viewOf),
    ...(next !== undefined && { NextToken: writeToken(input, next) }),
  }
}

interface Attribute {
  /** What a record of it holds as text. */
  readonly holding: readonly string[]
  readonly fits: (event: AuditEvent) => boolean
}

const ANY: Attribute = { holding: [], fits: () => true }

function attributeOf({ LookupAttributes: attributes = [] }: LookupInput): Attribute {
  const [first] = attributes
  if (attributes.length > LOOKUP_ATTRIBUTES_MAX)
    throw trailError('InvalidLookupAttributesException', 'You can specify one lookup attribute only.')
  if (first === undefined) return ANY
  const { AttributeKey: key, AttributeValue: value } = first
  const holding = [JSON.stringify(value)]
  switch (key) {
    case 'EventId':
      return { holding, fits: ({ eventID }) => eventID === value }
    case 'EventName':
      return { holding, fits: ({ eventName }) => eventName === value }
    case 'EventSource':
      return { holding, fits: ({ eventSource }) => eventSource === value }
    case 'ReadOnly':
      return { holding: [], fits: ({ readOnly }) => String(readOnly) === value }
    case 'AccessKeyId':
      return { holding, fits: ({ userIdentity }) => userIdentity['accessKeyId'] === value }
    // A session's name, and root's, stand in the record inside other texts.
    case 'Username':
      return { holding: [], fits: ({ userIdentity }) => userNameOf(userIdentity) === value }
    case 'ResourceType':
      return { holding, fits: ({ resources = [] }) => resources.some(({ type }) => type === value) }
    case 'ResourceName':
      return {
        holding: [],
        fits: ({ resources = [] }) =>
          resources.some(({ ARN: arn }) => arn === value || resourceOfArn(arn)?.name === value),
      }
    default:
      throw trailError('InvalidLookupAttributesException', `${String(key)} is no lookup attribute.`)
  }
}

function rangeOf({ StartTime: start, EndTime: end }: LookupInput, nowMs: number) {
  const [startMs, toMs] = [start?.getTime(), end?.getTime()]
  if (startMs !== undefined && toMs !== undefined && startMs > toMs)
    throw trailError('InvalidTimeRangeException', 'The start time must be before the end time.')
  return { fromMs: Math.max(startMs ?? 0, nowMs - RECORD_AGE_MAX_MS), toMs }
}

function isWanted(event: AuditEvent, region: string, { fits }: Attribute): boolean {
  return event.eventCategory === 'Management' && event.awsRegion === region && fits(event)
}

function viewOf({ event }: JournalEntry) {
  const found = decodeEvent(event)
  const accessKeyId = found.userIdentity['accessKeyId']
  const userName = userNameOf(found.userIdentity)
  return {
    EventId: found.eventID,
    EventName: found.eventName,
    ReadOnly: String(found.readOnly),
    ...(typeof accessKeyId === 'string' && { AccessKeyId: accessKeyId }),
    EventTime: new Date(found.eventTime),
    EventSource: found.eventSource,
    ...(userName !== undefined && { Username: userName }),
    Resources: (found.resources ?? []).map(({ type, ARN: arn }) => ({
      ResourceType: type,
      ResourceName: resourceOfArn(arn)?.name ?? arn,
    })),
    CloudTrailEvent: event.toString(),
  }
}

/** A token goes with the question that it was given for. */
function questionOf({ LookupAttributes, StartTime, EndTime, EventCategory }: LookupInput): string {
  const text = JSON.stringify([LookupAttributes, StartTime?.getTime(), EndTime?.getTime(), EventCategory])
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

function writeToken(input: LookupInput, before: number): string {
  return Buffer.from(`${before}.${questionOf(input)}`).toString('base64url')
}

function readToken(input: LookupInput): number | undefined {
  const { NextToken: token } = input
  if (token === undefined) return undefined
  const [, before, question] = /^(\d{1,15})\.(.+)$/.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? []
  if (before === undefined || question !== questionOf(input))
    throw trailError('InvalidNextTokenException', 'The next token is not valid for this lookup.')
  return Number(before)
}
