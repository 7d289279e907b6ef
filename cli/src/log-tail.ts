// New lines of log groups, as they come: asks for what is newer than the last look, and remembers what it has shown,
// because several events can bear the same millisecond.
import { pause } from './pause.ts'
import type { LogEvent, LogPage, Logs } from './aws/logs.ts'
import { CliError } from './errors.ts'
import { LOG_POLL_MS, LOG_ROUND_EVENTS_MAX, LOG_SEEN_MAX } from './limits.ts'

export interface TailOptions {
  /** The groups to look at; asked before each look, since new ones appear. */
  readonly groups: () => Promise<readonly string[]>
  readonly startMs: number
  readonly pattern?: string | undefined
  /** Go on when the end is reached, until the signal says stop. */
  readonly follow: boolean
  readonly signal?: AbortSignal | undefined
}

export interface TailedEvent extends LogEvent {
  readonly group: string
}

/** How far back each look goes beyond the newest event: lines of another stream may be stored a little later. */
const OVERLAP_MS = 2_000

/** Yields events, each look's in order of time. A missing group is an error only when not following. */
export async function* tailLog(logs: Logs, options: TailOptions): AsyncGenerator<TailedEvent> {
  const seen = new Set<string>()
  let { startMs } = options
  while (options.signal?.aborted !== true) {
    let newestMs = startMs
    for (const event of await look(logs, { ...options, startMs })) {
      const id = `${event.group} ${event.eventId}`
      if (seen.has(id)) continue
      seen.add(id)
      newestMs = Math.max(newestMs, event.timestamp)
      yield event
    }
    if (!options.follow) return
    startMs = Math.max(startMs, newestMs - OVERLAP_MS)
    forgetOldest(seen)
    await pause(LOG_POLL_MS, options.signal)
  }
}

/** All events of all groups since the start, in order of time. */
async function look(logs: Logs, options: TailOptions): Promise<readonly TailedEvent[]> {
  const events: TailedEvent[] = []
  try {
    for (const group of await options.groups())
      for await (const event of pages(logs, group, options)) {
        events.push({ ...event, group })
        if (events.length >= LOG_ROUND_EVENTS_MAX) break
      }
  } catch (error) {
    // Whoever stops does not want to hear about the request under way.
    if (options.signal?.aborted !== true) throw error
  }
  return events.toSorted((a, b) => a.timestamp - b.timestamp)
}

async function* pages(logs: Logs, group: string, options: TailOptions): AsyncGenerator<LogEvent> {
  const { startMs, pattern, signal, follow } = options
  let nextToken: string | undefined
  do {
    let page: LogPage
    try {
      page = await logs.filter({ group, startMs, pattern, nextToken, signal })
    } catch (error) {
      // Nothing has been logged yet.
      if (follow && error instanceof CliError && error.code === 'MF2101') return
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
