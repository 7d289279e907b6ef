// The filters of a mapping: a record passes when one of them matches. What they see is the record as the function would
// get it, with the data of a message or record parsed where it is JSON (developer guide, "Control which events Lambda
// sends to your function"): a pattern for a plain text does not match JSON, and the other way round.
import { compilePattern } from '#events/pattern/pattern.ts'
import { invalidParameter } from '../errors.ts'
import type { SourceService } from './source-arn.ts'

export interface RecordFilter {
  passes(record: Readonly<Record<string, unknown>>): boolean
}

const EVERYTHING: RecordFilter = { passes: () => true }

/** Throws InvalidParameterValueException for a pattern that cannot be compiled. */
export function compileFilters(patterns: readonly string[], service: SourceService): RecordFilter {
  if (patterns.length === 0) return EVERYTHING
  const compiled = patterns.map((pattern) => {
    const outcome = compilePattern(pattern, 'event-source')
    if (outcome.kind === 'invalid') throw invalidParameter('Invalid filter pattern definition.')
    return outcome
  })
  return {
    passes(record) {
      const seen = seenByPatterns(record, service)
      return compiled.some((pattern) => pattern.matches(seen))
    },
  }
}

function seenByPatterns(record: Readonly<Record<string, unknown>>, service: SourceService): unknown {
  switch (service) {
    case 'sqs':
      return { ...record, body: parsed(record['body']) }
    case 'kinesis': {
      const kinesis = record['kinesis']
      const data = typeof kinesis === 'object' && kinesis !== null && 'data' in kinesis ? kinesis.data : undefined
      const text = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : undefined
      return { ...record, ...(typeof kinesis === 'object' && kinesis), data: parsed(text) }
    }
    case 'dynamodb':
      return record
  }
}

/** Objects and arrays are JSON; everything else, numbers in a text among it, is that text. */
function parsed(text: unknown): unknown {
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
