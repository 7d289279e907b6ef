// The `sequencer` of event documents: of two events of one key, the later one has the greater text. Source: S3 user guide,
// "Event message structure" (compare as strings, the shorter padded on the right with zeros).
import type { Clock } from '#base/clock.ts'

const DIGITS = 16
/** Events within one millisecond before the count runs ahead of the clock. */
const PER_MS = 4096n

/** Answers a new sequencer that is greater than every one before, and than `previous` of this key. */
export type Sequencer = (previous: string | undefined) => string

/** Sequencers from the clock, so that they rise over restarts; `previous` covers a clock that was set back. */
export function createSequencer(clock: Clock): Sequencer {
  let last = 0n
  return (previous) => {
    const floor = previous === undefined ? last : maximum(last, BigInt(`0x${previous}`))
    last = maximum(floor + 1n, BigInt(clock.nowMs()) * PER_MS)
    return last.toString(16).toUpperCase().padStart(DIGITS, '0')
  }
}

function maximum(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}
