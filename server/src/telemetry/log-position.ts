// The order of events: by time, then stream, then arrival. A position stands for one event and for the gap before it, so
// it divides the events of a group into those before (<) and those from there on (>=): page tokens are positions.
//
// As text: 56 digits, as AWS's event ids and tokens have, in the same order as the positions.

export interface EventPosition {
  readonly timestampMs: number
  /** Number of the stream in its group. */
  readonly stream: number
  /** Number of the chunk in its stream. */
  readonly chunk: number
  /** Index in the chunk. */
  readonly index: number
}

const DIGITS = { timestampMs: 14, stream: 14, chunk: 16, index: 12 } as const
const POSITION_TEXT = /^\d{56}$/

/** Before every event at or after `timestampMs`, after every earlier one. */
export function startOf(timestampMs: number): EventPosition {
  return { timestampMs, stream: 0, chunk: 0, index: 0 }
}

/** The gap right after an event. */
export function after(position: EventPosition): EventPosition {
  return { ...position, index: position.index + 1 }
}

/** Negative when `a` is before `b`, 0 when they are the same. */
export function comparePositions(a: EventPosition, b: EventPosition): number {
  return a.timestampMs - b.timestampMs || a.stream - b.stream || a.chunk - b.chunk || a.index - b.index
}

/** 56 digits. */
export function positionText(position: EventPosition): string {
  return (
    digits(position.timestampMs, DIGITS.timestampMs) +
    digits(position.stream, DIGITS.stream) +
    digits(position.chunk, DIGITS.chunk) +
    digits(position.index, DIGITS.index)
  )
}

function digits(value: number, count: number): string {
  return value.toString().padStart(count, '0')
}

/** The inverse of positionText; undefined for anything else. */
export function parsePosition(text: string): EventPosition | undefined {
  if (!POSITION_TEXT.test(text)) return undefined
  let at = 0
  const next = (count: number): number => Number(text.slice(at, (at += count)))
  return {
    timestampMs: next(DIGITS.timestampMs),
    stream: next(DIGITS.stream),
    chunk: next(DIGITS.chunk),
    index: next(DIGITS.index),
  }
}
