// One entry of PutEvents: what is refused of it by itself, and the event that it becomes.
import { newRequestId } from '#base/ids.ts'
import { DETAIL_DEPTH_MAX, TIME_BYTES } from './limits.ts'
import type { EventBridgeInput } from './model.ts'

export type EntryInput = NonNullable<EventBridgeInput<'PutEvents'>['Entries']>[number]

export interface EntryFault {
  readonly kind: 'fault'
  readonly code: string
  readonly message: string
}

export interface Entry {
  readonly kind: 'entry'
  readonly id: string
  readonly source: string
  readonly detailType: string
  readonly detail: string
  readonly resources: readonly string[]
  /** Undefined: now. */
  readonly timeMs: number | undefined
}

/** As the user guide reckons it, "Calculating PutEvents event entry size". */
export function entryBytes({ Time, Source, DetailType, Detail, Resources }: EntryInput): number {
  const texts = [Source, DetailType, Detail, ...(Resources ?? [])]
  return (Time === undefined ? 0 : TIME_BYTES) + texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0)
}

export function readEntry({ Time, Source, DetailType, Detail, Resources }: EntryInput): Entry | EntryFault {
  if (Source === undefined || Source === '') return missing('Source')
  if (DetailType === undefined || DetailType === '') return missing('DetailType')
  if (Detail === undefined || Detail === '') return missing('Detail')
  // Names that begin so are those of AWS's own services.
  if (Source.startsWith('aws.')) return fault('NotAuthorizedForSourceException', 'Not authorized for the source.')
  if (!isDetail(Detail)) return fault('MalformedDetail', 'Detail is malformed.')
  return {
    kind: 'entry',
    id: newRequestId(),
    source: Source,
    detailType: DetailType,
    detail: Detail,
    resources: Resources ?? [],
    timeMs: Time?.getTime(),
  }
}

function missing(name: string): EntryFault {
  return fault('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`)
}

function fault(code: string, message: string): EntryFault {
  return { kind: 'fault', code, message }
}

/** The JSON text of an object that is not nested too deep. */
function isDetail(text: string): boolean {
  if (depthOf(text) > DETAIL_DEPTH_MAX) return false
  try {
    const detail: unknown = JSON.parse(text)
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail)
  } catch {
    return false
  }
}

/** Of objects and arrays in a JSON text; before it is parsed. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (quoted) {
      if (character === BACKSLASH) at++
      else if (character === QUOTE) quoted = false
    } else if (character === QUOTE) quoted = true
    else if (character === BRACE || character === BRACKET) deepest = Math.max(deepest, ++depth)
    else if (character === BRACE_END || character === BRACKET_END) depth--
  }
  return deepest
}

const [QUOTE, BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END] = [34, 92, 123, 125, 91, 93]
