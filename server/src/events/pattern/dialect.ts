// Where patterns are written differs in bounds, not in meaning: SNS filter policies, the filters of event source mappings
// and EventBridge patterns are one language.

/** Who wrote the pattern. */
export type PatternDialect = 'sns-attributes' | 'sns-body' | 'event-source' | 'eventbridge'

export interface DialectRules {
  /** The pattern as text. */
  readonly bytesMax: number
  /** Keys that have conditions, at any depth. */
  readonly keysMax: number
  /** The number of conditions of each key, times the key's depth, multiplied over all keys. */
  readonly combinationsMax: number
  /** Keys below keys. */
  readonly nests: boolean
  /** `a.b` is `b` below `a`; whoever matches hands over documents of nestDots. */
  readonly joinsDots: boolean
  /** Numbers lie between minus this and this. */
  readonly numberMax: number
  /** What the pattern is called in messages. */
  readonly noun: string
}

/** SNS developer guide, "Filter policy constraints". */
const SNS: Omit<DialectRules, 'nests'> = {
  bytesMax: 256 * 1024,
  keysMax: 5,
  combinationsMax: 150,
  joinsDots: false,
  numberMax: 1e9,
  noun: 'Filter policy',
}

/** EventBridge user guide, "Comparison operators": numbers from -5.0e9 to 5.0e9. */
const RULES: Omit<DialectRules, 'noun' | 'joinsDots'> = {
  bytesMax: 4096,
  keysMax: Number.POSITIVE_INFINITY,
  combinationsMax: Number.POSITIVE_INFINITY,
  nests: true,
  numberMax: 5e9,
}

export const DIALECTS: Readonly<Record<PatternDialect, DialectRules>> = Object.freeze({
  'sns-attributes': { ...SNS, nests: false },
  'sns-body': { ...SNS, nests: true },
  'event-source': { ...RULES, joinsDots: false, noun: 'Filter pattern' },
  eventbridge: { ...RULES, joinsDots: true, noun: 'Event pattern' },
})

/** Objects in objects in a pattern. */
export const DEPTH_MAX = 100
/** What a pattern may multiply out to. EventBridge allows 1000 combinations of `$or`; nested objects count here too. */
export const ALTERNATIVES_MAX = 5000
