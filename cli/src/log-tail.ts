// New lines of a log group, as they come: asks for what is newer than the last look, and remembers what it has shown,
// because several events can bear the same millisecond.
import { type LogEvent, type Logs, type LogQuery } from './aws/logs.ts'
import { pause } from './aws/client.ts'
import { CliError } from './errors.ts'
import { LOG_POLL_MS, LOG_SEEN_MAX } from './limits.ts'

export interface TailOptions {
  readonly group: string
  readonly startMs: number
  readonly pattern?: string | undefined
  /** Go on when the end is reached, until the signal says stop. */
  readonly follow: boolean
  readonly signal?: AbortSignal | undefined
}

/** How far back each look goes beyond the newest event: lines of another stream may be stored a little later. */
const OVERLAP_MS = 2_000

/** Yields events in order of each look. A missing group is an error only when not following. */
export async function* tailLog(logs: Logs, options: TailOptions): AsyncGenerator<LogEvent> {
  const seen = new Set<string>()
  let startMs = options.startMs
  while (options.signal?.aborted !== true) {
    let newestMs = startMs
    for await (const event of pages(logs, { ...options, startMs })) {
      if (seen.has(event.eventId)) continue
      seen.add(event.eventId)
      newestMs = Math.max(newestMs, event.timestamp)
      yield event
    }
    if (!options.follow) return
    startMs = Math.max(startMs, newestMs - OVERLAP_MS)
    forgetOldest(seen)
    await pause(LOG_POLL_MS, options.signal)
  }
}

async function* pages(logs: Logs, options: TailOptions): AsyncGenerator<LogEvent> {
  const { group, startMs, pattern, signal } = options
  let nextToken: string | undefined
  do {
    const query: LogQuery = { group, startMs, pattern, nextToken, signal }
    let page
    try {
      page = await logs.filter(query)
    } catch (error) {
      // Nothing has been logged yet; and whoever stops does not want to hear about the request under way.
      if (options.follow && error instanceof CliError && error.code === 'MF2101') return
      if (signal?.aborted) return
      throw error
    }
    yield* page.events
    nextToken = page.nextToken
  } while (nextToken !== undefined)
}

function forgetOldest(seen: Set<string>): void {
  for (const id of seen) {
    if (seen.size <= LOG_SEEN_MAX) return
    seen.delete(id)
  }
}
