// A map from strings to values that can be walked in key order from any point. Keys live in blocks of bounded size: an
// insert is two binary searches and a move inside one block, so it stays fast with millions of keys.

const BLOCK_KEYS_MAX = 512

export class SortedMap<V> {
  readonly #values = new Map<string, V>()
  // Never empty; each block sorted, all blocks in order; only a lone block may be empty.
  #blocks: string[][] = [[]]

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: V): void {
    const before = this.#values.size
    this.#values.set(key, value)
    if (this.#values.size === before) return
    const at = this.#blockOf(key)
    const block = this.#blocks[at] ?? []
    block.splice(lowerBound(block, key), 0, key)
    if (block.length > BLOCK_KEYS_MAX) this.#split(at, block)
  }

  #split(at: number, block: string[]): void {
    // Keys often arrive in rising order: then leave the block full and begin a new one.
    const isLast = at === this.#blocks.length - 1
    const upper = block.splice(isLast ? BLOCK_KEYS_MAX : BLOCK_KEYS_MAX / 2)
    this.#blocks.splice(at + 1, 0, upper)
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    const at = this.#blockOf(key)
    const block = this.#blocks[at] ?? []
    block.splice(lowerBound(block, key), 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
    return true
  }

  clear(): void {
    this.#values.clear()
    this.#blocks = [[]]
  }

  /** At most `limit` entries with start <= key < end: the lowest rising, or with `reverse` the highest falling. */
  page(start: string, end: string, limit: number, reverse: boolean): [string, V][] {
    const found: [string, V][] = []
    let at = this.#blockOf(reverse ? end : start)
    let block = this.#blocks[at] ?? []
    let index = reverse ? lowerBound(block, end) - 1 : lowerBound(block, start)
    while (found.length < limit) {
      const key = block[index]
      if (key === undefined) {
        const next = this.#blocks[(at += reverse ? -1 : 1)]
        if (!next) break
        block = next
        index = reverse ? block.length - 1 : 0
        continue
      }
      if (reverse ? key < start : key >= end) break
      const value = this.#values.get(key)
      if (value !== undefined) found.push([key, value])
      index += reverse ? -1 : 1
    }
    return found
  }

  /** The last block that begins at or below `key`, else the first. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      const first = this.#blocks[middle]?.[0]
      if (first !== undefined && first <= key) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** The first index whose key is not below `key`. */
function lowerBound(block: readonly string[], key: string): number {
  let low = 0
  let high = block.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = block[middle]
    if (found !== undefined && found < key) low = middle + 1
    else high = middle
  }
  return low
}
