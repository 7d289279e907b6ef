// When a version gets one more instance. As on AWS every invocation that finds no idle instance gets a new one, with one
// exception: a version whose handler is known to be quick. There an instance is free again before a new one has even
// loaded, and more processes than cores only take turns. So its invocations wait for a moment first, a longer one the more
// instances there are; only when that was not enough, the version grows, by one instance at a time.
import { GROWTH_PAUSE_MS_MAX, GROWTH_PAUSE_MS_PER_INSTANCE, PREFETCH_BELOW_MS, QUICK_BELOW_MS } from './limits.ts'

/** Weight of the newest handler time in the mean. */
const WEIGHT = 0.1

export class Growth {
  /** The handler's mean time, as the cells report it; undefined before the first result. */
  #handlerMs: number | undefined
  #grewMs = Number.NEGATIVE_INFINITY

  /** Takes a handler time. A cell that lies here only changes how many instances its own version has. */
  record(handlerMs: number): void {
    this.#handlerMs =
      this.#handlerMs === undefined ? handlerMs : this.#handlerMs + (handlerMs - this.#handlerMs) * WEIGHT
  }

  /** Whether an invocation may be sent to an instance before the one there is done. */
  get prefetches(): boolean {
    return this.#handlerMs !== undefined && this.#handlerMs < PREFETCH_BELOW_MS
  }

  /** Whether the version grows by one instance at a time. */
  get oneByOne(): boolean {
    return this.#handlerMs !== undefined && this.#handlerMs < QUICK_BELOW_MS
  }

  /** How long the oldest waiting invocation must still wait before the version grows; 0 or less: now. */
  pauseMs(nowMs: number, waitingSinceMs: number, instances: number): number {
    if (instances === 0 || !this.oneByOne) return 0
    const pauseMs = Math.min(instances * GROWTH_PAUSE_MS_PER_INSTANCE, GROWTH_PAUSE_MS_MAX)
    return Math.max(waitingSinceMs, this.#grewMs) + pauseMs - nowMs
  }

  grew(nowMs: number): void {
    this.#grewMs = nowMs
  }
}
