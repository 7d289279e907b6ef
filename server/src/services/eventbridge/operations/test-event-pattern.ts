// TestEventPattern: whether an event matches a pattern.
import { nestDots } from '#events/pattern/dots.ts'
import { compilePattern } from '#events/pattern/pattern.ts'
import { Constraints } from '../constraints.ts'
import { invalidEventPattern, invalidParameter } from '../errors.ts'
import { PATTERN_CHARS_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'

/** API reference: an event without one of these is refused. */
const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type']

export const testEventPattern: EventBridgeOperation<'TestEventPattern'> = async (_deps, input) => {
  new Constraints().length('eventPattern', input.EventPattern, { min: 0, max: PATTERN_CHARS_MAX }).check()
  const compiled = compilePattern(input.EventPattern ?? '', 'eventbridge')
  if (compiled.kind === 'invalid') throw invalidEventPattern(compiled.reason)
  return { Result: compiled.matches(readEvent(input.Event ?? '')) }
}

/** Throws ValidationException. */
function readEvent(text: string): object {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    throw invalidParameter('Event', 'Event is not valid JSON.')
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw invalidParameter('Event', 'Event is not a JSON object.')
  const missing = REQUIRED.filter((name) => !Object.hasOwn(event, name))
  if (missing.length > 0) throw invalidParameter('Event', `Event is missing ${missing.join(', ')}.`)
  return nestDots(event)
}
