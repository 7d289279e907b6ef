// How long a function is usually not called: a histogram of the times between the end of its last invocation and the next
// one, on a logarithmic scale, newer ones weighing more. From it follow the windows after an invocation in which it pays to
// keep an instance: a first one at once, and perhaps a second one around the time at which the next call is expected, before
// which the instance is loaded again. Like the hybrid histogram policy of Shahrad et al., "Serverless in the Wild" (2020), but
// where that cuts the histogram at fixed percentiles, here the windows cost least.
import { IDLE_BINS_PER_OCTAVE, IDLE_MS_MAX, IDLE_MS_MIN, IDLE_SAMPLES_MAX } from './limits.ts'

/** When to keep an instance, in ms after the function became quiet. */
export interface Windows {
  /** From the start until here. */
  readonly firstMs: number
  /** And again in here, loaded ahead; undefined where that does not pay. */
  readonly again: { readonly fromMs: number; readonly untilMs: number } | undefined
}

export interface WindowCosts {
  /** How long an instance is worth keeping to spare one cold start. */
  readonly coldWorthMs: number
  /** An instance is kept at least so long. */
  readonly firstMsMin: number
  /** Loading an instance ahead costs as much as keeping it so long. */
  readonly loadMs: number
}

const BINS = Math.ceil(Math.log2(IDLE_MS_MAX / IDLE_MS_MIN) * IDLE_BINS_PER_OCTAVE)

/** Where a bin begins; the end of the one before. */
function edgeMs(bin: number): number {
  return IDLE_MS_MIN * 2 ** (bin / IDLE_BINS_PER_OCTAVE)
}

const EDGES_MS = Float64Array.from({ length: BINS + 1 }, (_, bin) => edgeMs(bin))

export class IdleTimes {
  readonly #counts = new Float32Array(BINS)
  /** Longer than the scale: nobody waits for these. */
  #beyond = 0
  #total = 0

  /** What the counts weigh together. */
  get weight(): number {
    return this.#total
  }

  /** Takes a time from quiet to the next call; false for one below IDLE_MS_MIN, which says nothing: every policy outlasts it. */
  record(idleMs: number): boolean {
    if (idleMs < IDLE_MS_MIN) return false
    const bin = Math.floor(Math.log2(idleMs / IDLE_MS_MIN) * IDLE_BINS_PER_OCTAVE)
    if (bin >= BINS) this.#beyond++
    else this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    if (++this.#total >= IDLE_SAMPLES_MAX) this.#fade()
    return true
  }

  /** The windows that cost least, if calls come as they came. */
  windows(costs: WindowCosts): Windows {
    const one = this.#keepOnce(costs)
    const two = this.#keepTwice(costs)
    return two.cost < one.cost ? two.windows : one.windows
  }

  /** One window from the start on. */
  #keepOnce({ coldWorthMs, firstMsMin }: WindowCosts): { readonly windows: Windows; readonly cost: number } {
    let best = { firstMs: firstMsMin, cost: Number.POSITIVE_INFINITY }
    /** What waiting inside the window has cost, of calls that came before the bin. */
    let waitedMs = 0
    let left = this.#total
    for (let bin = 0; bin <= BINS; bin++) {
      const endMs = Math.max(firstMsMin, EDGES_MS[bin] ?? 0)
      const cost = waitedMs + left * (endMs + coldWorthMs)
      // Before the shortest window ends, the sums are not complete yet: a later one is always less.
      if (cost < best.cost) best = { firstMs: endMs, cost }
      const count = this.#counts[bin] ?? 0
      waitedMs += count * middleMs(bin)
      left -= count
    }
    return { windows: { firstMs: best.firstMs, again: undefined }, cost: best.cost }
  }

  /** The shortest window at the start, and the best second one. */
  #keepTwice(costs: WindowCosts): { readonly windows: Windows; readonly cost: number } {
    const { coldWorthMs, firstMsMin, loadMs } = costs
    let cost = Number.POSITIVE_INFINITY
    let windows: Windows = { firstMs: firstMsMin, again: undefined }
    // Calls before the second window: warm in the first one, cold after it.
    let beforeMs = 0
    let left = this.#total
    for (let from = 0; from < BINS; from++) {
      const count = this.#counts[from] ?? 0
      // A window begins and ends where calls came.
      if (count === 0) continue
      const fromMs = EDGES_MS[from] ?? 0
      if (fromMs > firstMsMin) {
        let insideMs = 0
        let leftInside = left
        for (let to = from; to < BINS; to++) {
          const count = this.#counts[to] ?? 0
          if (count === 0) continue
          insideMs += count * (firstMsMin + loadMs + middleMs(to) - fromMs)
          leftInside -= count
          const untilMs = EDGES_MS[to + 1] ?? 0
          const after = leftInside * (firstMsMin + loadMs + untilMs - fromMs + coldWorthMs)
          const sum = beforeMs + insideMs + after
          if (sum >= cost) continue
          cost = sum
          windows = { firstMs: firstMsMin, again: { fromMs, untilMs } }
        }
      }
      const idleMs = middleMs(from)
      beforeMs += count * (idleMs < firstMsMin ? idleMs : firstMsMin + coldWorthMs)
      left -= count
    }
    return { windows, cost }
  }

  /** What is old weighs half. */
  #fade(): void {
    this.#total = 0
    for (let bin = 0; bin < BINS; bin++) this.#total += this.#counts[bin] = (this.#counts[bin] ?? 0) / 2
    this.#total += this.#beyond /= 2
  }
}

function middleMs(bin: number): number {
  return ((EDGES_MS[bin] ?? 0) + (EDGES_MS[bin + 1] ?? 0)) / 2
}
