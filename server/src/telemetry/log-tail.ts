// New events as they are stored, for whoever follows a group live. In this process only: what another node stores is
// not seen here.
import type { Batch } from './log-ingest.ts'
import type { LogEvent, LogGroupRef, LogStreamRef } from './logs.ts'

export interface TailedEvents {
  readonly ref: LogStreamRef
  readonly ingestionMs: number
  readonly events: readonly LogEvent[]
}

export type TailListener = (events: TailedEvents) => void

export class LogTail {
  readonly #listeners = new Map<string, Set<TailListener>>()
  readonly #subscriptionsMax: number
  #subscriptions = 0

  constructor(subscriptionsMax: number) {
    this.#subscriptionsMax = subscriptionsMax
  }

  /** Calls `listener` after each commit of events to the group; undefined when there are too many subscriptions. */
  subscribe(ref: LogGroupRef, listener: TailListener): (() => void) | undefined {
    if (this.#subscriptions >= this.#subscriptionsMax) return undefined
    const name = nameOf(ref)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    // A function of its own per subscription, so that one listener may subscribe twice.
    const own: TailListener = (events) => listener(events)
    listeners.add(own)
    this.#subscriptions++
    return () => {
      if (!listeners.delete(own)) return
      this.#subscriptions--
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  publish({ ref, ingestionMs, events }: Batch): void {
    if (this.#listeners.size === 0) return
    const listeners = this.#listeners.get(nameOf(ref))
    if (!listeners) return
    const tailed = { ref, ingestionMs, events: [...events] }
    for (const listener of listeners) listener(tailed)
  }
}

function nameOf(ref: LogGroupRef): string {
  return `${ref.account}\n${ref.region}\n${ref.group}`
}
