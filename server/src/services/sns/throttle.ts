// At most so many deliveries in a second, for each subscription that says so. A promise about one node.

interface Second {
  readonly beganMs: number
  readonly count: number
}

const SUBSCRIPTIONS_MAX = 10_000

export class Throttle {
  readonly #seconds = new Map<string, Second>()

  /** Whether a delivery may start now; it counts if so. */
  take(subscription: string, perSecond: number, nowMs: number): boolean {
    const second = this.#seconds.get(subscription)
    const fresh = second === undefined || nowMs - second.beganMs >= 1000
    if (!fresh && second.count >= perSecond) return false
    // Whoever is forgotten here starts a new second too early, once.
    if (this.#seconds.size >= SUBSCRIPTIONS_MAX && second === undefined) this.#seconds.clear()
    this.#seconds.set(subscription, fresh ? { beganMs: nowMs, count: 1 } : { ...second, count: second.count + 1 })
    return true
  }
}
