// How long idle instances live. Fixed: always equally long. Learned: as long as pays, from what is known of the times at
// which the function is called (idle-times.ts); as long as too little is known, equally long. The time is given, so that a
// simulation can run years of it in a second.
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { IdleTimes, type Windows } from './idle-times.ts'
import { AGAIN_MARGIN, FIRST_WINDOW_MS_MIN, IDLE_SAMPLES_MIN, LINEAGES_MAX, LOAD_AHEAD_COST_MS } from './limits.ts'

export type KeepAliveMode = 'learned' | 'fixed'

/** The windows are made anew when so large a part of the times is new: one in so many. */
const NEWS_SHARE = 16

interface Lineage {
  readonly idleTimes: IdleTimes
  /** Of what was known then. */
  windows: Windows | undefined
  /** Times that came since. */
  news: number
}

export class KeepAlive {
  readonly #mode: KeepAliveMode
  readonly #keepMs: number
  readonly #fixed: Windows
  readonly #lineages = new LRUCache<string, Lineage>(grownTo(LINEAGES_MAX))

  /** `keepMs`: the fixed time, and for the learned one what a cold start is worth: so long would one wait to spare it. */
  constructor(mode: KeepAliveMode, keepMs: number) {
    this.#mode = mode
    this.#keepMs = keepMs
    this.#fixed = { firstMs: keepMs, again: undefined }
  }

  /** No instance is let go before. */
  get shortestMs(): number {
    return this.#mode === 'fixed' ? this.#keepMs : Math.min(FIRST_WINDOW_MS_MIN, this.#keepMs)
  }

  /** A function was called that had been quiet for so long. */
  called(lineage: string, quietMs: number): void {
    if (this.#mode === 'fixed') return
    let known = this.#lineages.get(lineage)
    if (!known) this.#lineages.set(lineage, (known = { idleTimes: new IdleTimes(), windows: undefined, news: 0 }))
    if (!known.idleTimes.record(quietMs)) return
    // One time among many changes little, and the windows cost more than that.
    if (++known.news * NEWS_SHARE < known.idleTimes.weight) return
    known.news = 0
    known.windows = undefined
  }

  /** When to keep an instance of a function that became quiet. */
  windows(lineage: string): Windows {
    const known = this.#lineages.get(lineage)
    if (!known || known.idleTimes.weight < IDLE_SAMPLES_MIN) return this.#fixed
    known.windows ??= withMargin(
      known.idleTimes.windows({
        coldWorthMs: this.#keepMs,
        firstMsMin: this.shortestMs,
        loadMs: LOAD_AHEAD_COST_MS,
      }),
    )
    return known.windows
  }
}

/** A call may come a little earlier or later than ever. */
function withMargin({ firstMs, again }: Windows): Windows {
  if (!again) return { firstMs, again }
  const fromMs = Math.max(firstMs, again.fromMs * (1 - AGAIN_MARGIN))
  return { firstMs, again: { fromMs, untilMs: again.untilMs * (1 + AGAIN_MARGIN) } }
}

/** Whether an instance is to be there, so long after its function became quiet. */
export function isKept({ firstMs, again }: Windows, quietMs: number): boolean {
  return quietMs < firstMs || (again !== undefined && quietMs >= again.fromMs && quietMs < again.untilMs)
}
