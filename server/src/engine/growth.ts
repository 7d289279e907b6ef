// When a version gets one more instance. As on AWS every invocation that finds no idle instance gets a new one, with one
// exception: a version whose handler is known to be quick. There an instance is free again before a new one has even
// loaded, and more processes than cores only take turns. So its invocations wait for a moment first, a longer one the more
// instances there are; only when that was not enough, the version grows, by one instance at a time.
import {
  CONCENTRATE_BELOW_MS,
  CONCENTRATE_ON_ONE_BELOW_MS,
  CRASHES_MAX,
  CRASH_PAUSE_MS,
  CRASH_PAUSE_MS_MAX,
  GROW_AT_ONCE_MS,
  GROWTH_PAUSE_MS_MAX,
  GROWTH_PAUSE_MS_PER_INSTANCE,
  PREFETCH_BELOW_MS,
  PREFETCH_FOR_MS,
  PREFETCH_MAX,
  PREFETCH_QUICKEST_MAX,
  QUICK_BELOW_MS,
  SURVIVALS_PER_CRASH,
} from './limits.ts'

/** Weight of the newest handler time in the mean. */
const WEIGHT = 0.1

/** The invocations that wait for an instance of a version. */
export interface Waiting {
  readonly count: number
  /** Since when the oldest one waits. */
  readonly sinceMs: number
}

export class Growth {
  /** The handler's mean time, as the cells report it; undefined before the first result. */
  #handlerMs: number | undefined
  #grewMs = Number.NEGATIVE_INFINITY
  #resultMs = Number.NEGATIVE_INFINITY
  /** Instances that crashed, less those that outlived many invocations. */
  #crashes = 0
  #notBeforeMs = Number.NEGATIVE_INFINITY

  /** Takes a handler time. A cell that lies here only changes how many instances its own version has. */
  record(nowMs: number, handlerMs: number): void {
    this.#resultMs = nowMs
    this.#handlerMs =
      this.#handlerMs === undefined ? handlerMs : this.#handlerMs + (handlerMs - this.#handlerMs) * WEIGHT
  }

  /** How many invocations may be sent to an instance before the one there is done. */
  get prefetch(): number {
    if (this.#handlerMs === undefined || this.#handlerMs >= PREFETCH_BELOW_MS) return 0
    return Math.max(PREFETCH_MAX, Math.min(PREFETCH_QUICKEST_MAX, Math.floor(PREFETCH_FOR_MS / this.#handlerMs)))
  }

  /** With so many busy instances a busy one is a better place than an idle one. */
  enough(cores: number): number {
    if (this.#handlerMs === undefined || this.#handlerMs >= CONCENTRATE_BELOW_MS) return Number.POSITIVE_INFINITY
    return this.#handlerMs < CONCENTRATE_ON_ONE_BELOW_MS ? 1 : cores
  }

  /** Whether its calls are over in no time, as far as is known. */
  get quick(): boolean {
    return this.#handlerMs !== undefined && this.#handlerMs < QUICK_BELOW_MS
  }

  /** How many more instances help the invocations that wait, when the version grows now. */
  wanted(waitingCount: number, instances: number): number {
    if (this.#handlerMs === undefined || !this.quick) return waitingCount
    return Math.max(1, Math.ceil((waitingCount * this.#handlerMs) / GROW_AT_ONCE_MS) - instances)
  }

  /** How long the version must still wait before it grows; 0 or less: now. Not defined without waiting invocations. */
  pauseMs(nowMs: number, waiting: Waiting, instances: number): number {
    if (nowMs < this.#notBeforeMs) return this.#notBeforeMs - nowMs
    if (instances === 0 || this.#handlerMs === undefined || !this.quick) return 0
    const handlersMs = (waiting.count * this.#handlerMs) / instances
    if (handlersMs >= GROW_AT_ONCE_MS) return 0
    const pauseMs = Math.min(instances * GROWTH_PAUSE_MS_PER_INSTANCE, GROWTH_PAUSE_MS_MAX)
    const waitMs = Math.max(waiting.sinceMs, this.#grewMs) + pauseMs - nowMs
    if (waitMs > 0) return waitMs
    // When the handlers' own time explains the wait, more of them help; so they do when all are stuck. Else the delay
    // comes from elsewhere, a busy machine for instance, and more processes would make it worse.
    return handlersMs >= pauseMs ? 0 : this.#resultMs + pauseMs - nowMs
  }

  grew(nowMs: number): void {
    this.#grewMs = nowMs
  }

  /** Whether its instances have ended by their own doing of late. */
  get crashes(): boolean {
    return this.#crashes > 0
  }

  /** An instance ended by its own doing. The next one may have to wait: a process costs the neighbours more than a call. */
  crashed(nowMs: number): void {
    this.#crashes = Math.min(this.#crashes + 1, 2 * CRASHES_MAX)
    const over = this.#crashes - CRASHES_MAX
    if (over > 0) this.#notBeforeMs = nowMs + Math.min(CRASH_PAUSE_MS * 2 ** over, CRASH_PAUSE_MS_MAX)
  }

  /** An instance did its work and is still there. */
  survived(): void {
    this.#crashes = Math.max(0, this.#crashes - 1 / SURVIVALS_PER_CRASH)
  }
}
