// What becomes visible when: a binary heap of (time, sequence) in typed arrays. Entries are never taken out early: who pops
// one compares its time with the message's own, and `rebuild` throws out what is stale when it becomes too much.

const CAPACITY_MIN = 64

export class HiddenHeap {
  #times = new Float64Array(CAPACITY_MIN)
  #sequences = new Float64Array(CAPACITY_MIN)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The earliest time; undefined when empty. */
  get nextMs(): number | undefined {
    return this.#length === 0 ? undefined : this.#times[0]
  }

  push(timeMs: number, sequence: number): void {
    if (this.#length === this.#times.length) this.#resize(this.#times.length * 2)
    this.#siftUp(this.#length++, timeMs, sequence)
  }

  /** Takes the earliest entry out; undefined when none is due at `nowMs`. */
  popDue(nowMs: number): { readonly timeMs: number; readonly sequence: number } | undefined {
    const [timeMs = Number.POSITIVE_INFINITY] = this.#times
    const [sequence = 0] = this.#sequences
    if (this.#length === 0 || timeMs > nowMs) return undefined
    this.#length--
    if (this.#length > 0) this.#siftDown(this.#times[this.#length] ?? 0, this.#sequences[this.#length] ?? 0)
    if (this.#times.length > CAPACITY_MIN && this.#length < this.#times.length / 4) this.#resize(this.#times.length / 2)
    return { timeMs, sequence }
  }

  /** Keeps the entries that `isCurrent` knows. */
  rebuild(isCurrent: (timeMs: number, sequence: number) => boolean): void {
    const times = this.#times.slice(0, this.#length)
    const sequences = this.#sequences.slice(0, this.#length)
    this.clear()
    for (const [index, timeMs] of times.entries()) {
      const sequence = sequences[index] ?? 0
      if (isCurrent(timeMs, sequence)) this.push(timeMs, sequence)
    }
  }

  clear(): void {
    this.#times = new Float64Array(CAPACITY_MIN)
    this.#sequences = new Float64Array(CAPACITY_MIN)
    this.#length = 0
  }

  /** Equal times come out in order of their sequences. */
  #isBefore(timeMs: number, sequence: number, at: number): boolean {
    const other = this.#times[at] ?? 0
    return timeMs < other || (timeMs === other && sequence < (this.#sequences[at] ?? 0))
  }

  #siftUp(start: number, timeMs: number, sequence: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(timeMs, sequence, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, timeMs, sequence)
  }

  #siftDown(timeMs: number, sequence: number): void {
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= this.#length) break
      const right = child + 1
      if (right < this.#length && this.#isBefore(this.#times[right] ?? 0, this.#sequences[right] ?? 0, child))
        child = right
      if (this.#isBefore(timeMs, sequence, child)) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, timeMs, sequence)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] ?? 0, this.#sequences[from] ?? 0)
  }

  #put(at: number, timeMs: number, sequence: number): void {
    this.#times[at] = timeMs
    this.#sequences[at] = sequence
  }

  #resize(capacity: number): void {
    const times = new Float64Array(capacity)
    const sequences = new Float64Array(capacity)
    times.set(this.#times.subarray(0, this.#length))
    sequences.set(this.#sequences.subarray(0, this.#length))
    this.#times = times
    this.#sequences = sequences
  }
}
