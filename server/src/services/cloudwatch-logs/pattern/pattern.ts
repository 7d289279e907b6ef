// Filter patterns, as FilterLogEvents, StartLiveTail and TestMetricFilter take them. A pattern is parsed once and then
// asked about messages; its kind shows in its first character.
//
// AWS: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail".
import { invalidParameter } from '../errors.ts'
import { Cursor, PatternError } from './cursor.ts'
import { parseFieldsPattern } from './fields.ts'
import { parseJsonPattern } from './json.ts'
import { parseTerms } from './terms.ts'

export interface FilterPattern {
  matches(message: string): boolean
  /** What TestMetricFilter shows of a message that matches; undefined when it does not. */
  extract(message: string): Record<string, string> | undefined
}

const EVERYTHING: FilterPattern = { matches: () => true, extract: () => ({}) }

/** Throws PatternError with AWS's message. At most 1024 characters, which the caller has checked. */
export function parsePattern(pattern: string | undefined): FilterPattern {
  const text = pattern?.trim() ?? ''
  if (text === '') return EVERYTHING
  if (text.startsWith('{')) return parseJsonPattern(inside(text, '{', '}'))
  if (text.startsWith('[')) return parseFieldsPattern(inside(text, '[', ']'))
  const matches = parseTerms(text)
  return { matches, extract: (message) => (matches(message) ? {} : undefined) }
}

function inside(text: string, open: string, close: string): Cursor {
  if (text.length < 2 || !text.endsWith(close))
    throw new PatternError(`If a filter pattern starts with '${open}' it must end with '${close}'`)
  return new Cursor(text, 1, text.length - 1)
}

/** As parsePattern, with the error that clients see. */
export function parseFilter(pattern: string | undefined): FilterPattern {
  try {
    return parsePattern(pattern)
  } catch (error) {
    throw error instanceof PatternError ? invalidParameter(error.message) : error
  }
}
