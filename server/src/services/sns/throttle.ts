// At most so many deliveries in a second, for each subscription that says so: every delivery takes the next place in its
// subscription's row, one every 1/n of a second. A promise about one node.

/** Who would have to wait for longer comes again later, so that it does not keep a place of the delivery. */
const WAIT_MS_MAX = 5000
const SUBSCRIPTIONS_MAX = 10_000

export class Throttle {
  /** When the next delivery may start. */
  readonly #nextMs = new Map<string, number>()

  /** Takes a place: how long to wait for it, in milliseconds. Undefined, and no place, when that is too long. */
  take(subscription: string, perSecond: number, nowMs: number): number | undefined {
    const startMs = Math.max(nowMs, this.#nextMs.get(subscription) ?? 0)
    if (startMs - nowMs > WAIT_MS_MAX) return undefined
    // Whoever is forgotten here may start at once, one time too early.
    if (this.#nextMs.size >= SUBSCRIPTIONS_MAX && !this.#nextMs.has(subscription)) this.#nextMs.clear()
    this.#nextMs.set(subscription, startMs + 1000 / perSecond)
    return startMs - nowMs
  }
}
