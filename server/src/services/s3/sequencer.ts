// The `sequencer` of event documents: of two events of one key, the later one has the greater text. Source: S3 user guide,
// "Event message structure" (compare as strings, the shorter padded on the right with zeros).
import type { Clock } from '#base/clock.ts'

/** Of the milliseconds since 1970, and of the count of events within one of them, in hexadecimal. */
const MS_DIGITS = 13
const COUNT_DIGITS = 3
/** Events within one millisecond before the count runs ahead of the clock. */
const PER_MS = 16 ** COUNT_DIGITS

/** Answers a new sequencer that is greater than every one before, and than `previous` of this key. */
export type Sequencer = (previous: string | undefined) => string

/** Sequencers from the clock, so that they rise over restarts; `previous` covers a clock that was set back. */
export function createSequencer(clock: Clock): Sequencer {
  let lastMs = 0
  let lastCount = 0
  const raise = (ms: number, count: number): void => {
    if (ms < lastMs || (ms === lastMs && count <= lastCount)) return
    lastMs = ms
    lastCount = count
  }
  return (previous) => {
    if (previous !== undefined)
      raise(Number.parseInt(previous.slice(0, -COUNT_DIGITS), 16), Number.parseInt(previous.slice(-COUNT_DIGITS), 16))
    if (lastCount + 1 < PER_MS) lastCount++
    else {
      lastMs++
      lastCount = 0
    }
    raise(clock.nowMs(), 0)
    return hex(lastMs, MS_DIGITS) + hex(lastCount, COUNT_DIGITS)
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
