// Puts the events of many overlapping chunks into one order, in bounded memory.
//
// Chunks come in order of their first (backwards: last possible) event, so an event is complete, that is, none before it
// can still come, as soon as it lies before the bound of the pages to come. Complete events are handed out in batches;
// the rest is pending. When too much is pending, the far half of it is forgotten and the position of the first forgotten
// event kept as the horizon: events beyond it are not taken up any more, and when everything up to the horizon has been
// handed out, reading begins anew from there.
import type { ChunkPage, Direction } from './log-chunk-source.ts'
import { decodeChunk } from './log-chunk.ts'
import { comparePositions, type EventPosition } from './log-position.ts'
import type { StoredLogEvent } from './logs.ts'

export interface MergeOptions {
  /** Makes the source for events at or after (backwards: before) a position. */
  readonly open: (position: EventPosition) => AsyncIterable<ChunkPage>
  /** Forwards: first event, inclusive. Backwards: last event, exclusive. */
  readonly start: EventPosition
  /** Forwards: exclusive end. Backwards: inclusive end. */
  readonly end: EventPosition
  readonly direction: Direction
  readonly bytesMax: number
}

/** Batches of events in the order of the direction. */
export async function* mergeEvents(options: MergeOptions): AsyncGenerator<readonly StoredLogEvent[]> {
  let position: EventPosition | undefined = options.start
  while (position !== undefined) {
    const round = new Round(options, position)
    for await (const page of options.open(position)) {
      for (const batch of round.take(page)) if (batch.length > 0) yield batch
      if (round.isOver(page)) break
    }
    const rest = round.rest()
    if (rest.length > 0) yield rest
    position = round.horizon
  }
}

/** Reading from one position to the end or to the horizon. */
class Round {
  readonly #options: MergeOptions
  readonly #from: EventPosition
  #pending: StoredLogEvent[] = []
  #pendingBytes = 0
  horizon: EventPosition | undefined

  constructor(options: MergeOptions, from: EventPosition) {
    this.#options = options
    this.#from = from
  }

  *take(page: ChunkPage): Generator<readonly StoredLogEvent[]> {
    for (const chunk of page.chunks) {
      const { stream, ingestionMs, events } = decodeChunk(chunk.value)
      for (const [index, { timestampMs, message }] of events.entries()) {
        const position = { timestampMs, stream: chunk.stream, chunk: chunk.chunk, index }
        if (this.#wants(position)) this.#add({ timestampMs, message, position, ingestionMs, stream })
      }
    }
    yield this.#complete(page.boundMs)
    if (this.#pendingBytes > this.#options.bytesMax) this.#forget()
  }

  /** Everything up to the horizon is complete. */
  isOver({ boundMs }: ChunkPage): boolean {
    if (this.horizon === undefined || boundMs === undefined) return false
    const { timestampMs } = this.horizon
    return this.#options.direction === 'forward' ? boundMs > timestampMs : boundMs < timestampMs
  }

  rest(): readonly StoredLogEvent[] {
    const rest = this.#pending.toSorted(this.#compare)
    this.#pending = []
    return rest
  }

  #add(event: StoredLogEvent): void {
    this.#pending.push(event)
    this.#pendingBytes += sizeOf(event)
  }

  #wants(position: EventPosition): boolean {
    const { direction, end } = this.#options
    const { horizon } = this
    if (direction === 'forward')
      return (
        comparePositions(position, this.#from) >= 0 &&
        comparePositions(position, end) < 0 &&
        (horizon === undefined || comparePositions(position, horizon) < 0)
      )
    return (
      comparePositions(position, this.#from) < 0 &&
      comparePositions(position, end) >= 0 &&
      (horizon === undefined || comparePositions(position, horizon) >= 0)
    )
  }

  /** Takes out, in order, what no later page can come before. */
  #complete(boundMs: number | undefined): readonly StoredLogEvent[] {
    this.#pending.sort(this.#compare)
    if (boundMs === undefined) return []
    const isForward = this.#options.direction === 'forward'
    const cut = this.#pending.findIndex(({ timestampMs }) =>
      isForward ? timestampMs >= boundMs : timestampMs <= boundMs,
    )
    const complete = cut < 0 ? this.#pending : this.#pending.slice(0, cut)
    this.#pending = cut < 0 ? [] : this.#pending.slice(cut)
    for (const event of complete) this.#pendingBytes -= sizeOf(event)
    return complete
  }

  #forget(): void {
    let bytes = 0
    const kept = this.#pending.findIndex((event) => (bytes += sizeOf(event)) > this.#options.bytesMax / 2)
    const first = this.#pending[Math.max(1, kept)]
    if (!first) return
    // Forwards the horizon is the first forgotten event; backwards the gap after it, which is the event kept last.
    const last = this.#pending[Math.max(1, kept) - 1]
    this.horizon = this.#options.direction === 'forward' ? first.position : (last ?? first).position
    this.#pending = this.#pending.slice(0, Math.max(1, kept))
    this.#pendingBytes = this.#pending.reduce((sum, event) => sum + sizeOf(event), 0)
  }

  readonly #compare = (a: StoredLogEvent, b: StoredLogEvent): number =>
    this.#options.direction === 'forward'
      ? comparePositions(a.position, b.position)
      : comparePositions(b.position, a.position)
}

/** What an event takes in memory, roughly. */
function sizeOf(event: StoredLogEvent): number {
  return event.message.length + 100
}
