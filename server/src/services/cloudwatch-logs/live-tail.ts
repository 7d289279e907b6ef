// One Live Tail session: what was stored in the last second, once a second, until the client goes or three hours are
// over.
//
// Bounds: an update has at most 500 events, taken evenly from all that matched (and then says that it is sampled). A
// client that reads too slowly loses the oldest of more than 5000 events that wait.
import { newRequestId } from '#base/ids.ts'
import type { TailedEvents } from '#telemetry/log-tail.ts'
import type { LogGroupRef } from '#telemetry/logs.ts'
import { sessionTimedOut } from './errors.ts'
import { TAIL_SESSION_MS_MAX, TAIL_UPDATE_EVENTS_MAX, TAIL_UPDATE_INTERVAL_MS } from './limits.ts'
import type { LogsDeps } from './model.ts'

export interface LiveTailOptions {
  readonly requestId: string
  /** With the identifiers as the client gave them. */
  readonly groups: readonly { readonly identifier: string; readonly ref: LogGroupRef }[]
  readonly logStreamNames: readonly string[]
  readonly logStreamNamePrefixes: readonly string[]
  readonly logEventFilterPattern: string
  readonly matches: (message: string) => boolean
  /** Aborted when the client is gone, or the server is about to close. */
  readonly signal: AbortSignal
}

interface TailedLine {
  readonly logStreamName: string
  readonly logGroupIdentifier: string
  readonly message: string
  readonly timestamp: number
  readonly ingestionTime: number
}

const WAITING_EVENTS_MAX = 5000

export class LiveTailSession {
  readonly #deps: LogsDeps
  readonly #options: LiveTailOptions
  readonly #unsubscribe: (() => void)[] = []
  #waiting: TailedLine[] = []
  #isSampled = false

  private constructor(deps: LogsDeps, options: LiveTailOptions) {
    this.#deps = deps
    this.#options = options
  }

  /** Undefined when there are too many sessions. Ends by itself with `events`, or with the signal. */
  static open(deps: LogsDeps, options: LiveTailOptions): LiveTailSession | undefined {
    const session = new LiveTailSession(deps, options)
    for (const { identifier, ref } of options.groups) {
      const unsubscribe = deps.logs.subscribe(ref, (tailed) => session.#receive(identifier, tailed))
      if (unsubscribe) session.#unsubscribe.push(unsubscribe)
      else {
        session.#close()
        return undefined
      }
    }
    options.signal.addEventListener('abort', () => session.#close(), { once: true })
    return session
  }

  async *events() {
    const { requestId, groups, logStreamNames, logStreamNamePrefixes, logEventFilterPattern, signal } = this.#options
    const { clock } = this.#deps
    const endMs = clock.monotonicMs() + TAIL_SESSION_MS_MAX
    try {
      const sessionStart = {
        requestId,
        sessionId: newRequestId(),
        logGroupIdentifiers: groups.map((group) => group.identifier),
        logStreamNames: [...logStreamNames],
        logStreamNamePrefixes: [...logStreamNamePrefixes],
        logEventFilterPattern,
      }
      yield { sessionStart }
      while (clock.monotonicMs() < endMs) {
        await clock.sleep(TAIL_UPDATE_INTERVAL_MS, signal)
        if (signal.aborted) return
        yield { sessionUpdate: this.#takeUpdate() }
      }
      throw sessionTimedOut()
    } finally {
      this.#close()
    }
  }

  #receive(logGroupIdentifier: string, { ref, ingestionMs, events }: TailedEvents): void {
    if (!this.#wantsStream(ref.stream)) return
    for (const { message, timestampMs } of events)
      if (this.#options.matches(message))
        this.#waiting.push({
          logStreamName: ref.stream,
          logGroupIdentifier,
          message,
          timestamp: timestampMs,
          ingestionTime: ingestionMs,
        })
    if (this.#waiting.length <= WAITING_EVENTS_MAX) return
    this.#waiting = this.#waiting.slice(-WAITING_EVENTS_MAX)
    this.#isSampled = true
  }

  #wantsStream(stream: string): boolean {
    const { logStreamNames, logStreamNamePrefixes } = this.#options
    if (logStreamNames.length > 0) return logStreamNames.includes(stream)
    return logStreamNamePrefixes.length === 0 || logStreamNamePrefixes.some((prefix) => stream.startsWith(prefix))
  }

  #takeUpdate() {
    const waiting = this.#waiting
    const sampled = this.#isSampled || waiting.length > TAIL_UPDATE_EVENTS_MAX
    this.#waiting = []
    this.#isSampled = false
    return { sessionMetadata: { sampled }, sessionResults: sampleOf(waiting) }
  }

  #close(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }
}

function sampleOf(lines: TailedLine[]): TailedLine[] {
  if (lines.length <= TAIL_UPDATE_EVENTS_MAX) return lines
  const step = lines.length / TAIL_UPDATE_EVENTS_MAX
  return Array.from({ length: TAIL_UPDATE_EVENTS_MAX }, (_, nth) => lines[Math.floor(nth * step)]).filter(
    (line) => line !== undefined,
  )
}
