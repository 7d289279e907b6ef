// Parsed expressions by their text: applications send the same few again and again. Bounded; the least recently used goes
// first. A text that is no expression is not kept.
import { LRUCache } from 'lru-cache'
import { invalid } from './invalid.ts'
import { EXPRESSION_BYTES_MAX, PARSED_CHARS_MAX, PARSED_EXPRESSIONS_MAX } from './limits.ts'
import { parseCondition, type ParsedConditionText } from './parse-condition.ts'
import { parseProjection, type ParsedProjectionText } from './parse-projection.ts'
import { parseUpdate, type ParsedUpdateText } from './parse-update.ts'
import { SyntaxFault } from './token-reader.ts'

/** A parsed expression takes some thirty times the room of its text. */
const BOUNDS = {
  max: PARSED_EXPRESSIONS_MAX,
  maxSize: PARSED_CHARS_MAX,
  sizeCalculation: (_: unknown, text: string) => text.length + 1,
}

/** Caches of pure functions: nothing of a request or an account is in them. */
const conditions = new LRUCache<string, ParsedConditionText>(BOUNDS)
const updates = new LRUCache<string, ParsedUpdateText>(BOUNDS)
const projections = new LRUCache<string, ParsedProjectionText>(BOUNDS)

/** Throws ValidationException, which names the parameter. */
export function parsedCondition(parameter: string, text: string): ParsedConditionText {
  return parsed(conditions, parseCondition, parameter, text)
}

/** Throws ValidationException. */
export function parsedUpdate(text: string): ParsedUpdateText {
  return parsed(updates, parseUpdate, 'UpdateExpression', text)
}

/** Throws ValidationException. */
export function parsedProjection(text: string): ParsedProjectionText {
  return parsed(projections, parseProjection, 'ProjectionExpression', text)
}

function parsed<T extends { readonly fault: string | undefined }>(
  cache: LRUCache<string, T>,
  parse: (text: string) => T,
  parameter: string,
  text: string,
): T {
  const known = cache.get(text)
  if (known !== undefined) return known
  if (text === '') throw invalid(`Invalid ${parameter}: The expression can not be empty;`)
  const bytes = Buffer.byteLength(text)
  if (bytes > EXPRESSION_BYTES_MAX)
    throw invalid(
      `Invalid ${parameter}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
    )
  const result = parseOrThrow(parse, parameter, text)
  if (result.fault !== undefined) throw invalid(`Invalid ${parameter}: ${result.fault}`)
  cache.set(text, result)
  return result
}

function parseOrThrow<T>(parse: (text: string) => T, parameter: string, text: string): T {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof SyntaxFault) throw invalid(`Invalid ${parameter}: ${error.message}`)
    throw error
  }
}
