// A queue of numbers in one typed array that grows and shrinks: eight bytes each, whatever their count.

const CAPACITY_MIN = 64

export class SequenceRing {
  #items = new Float64Array(CAPACITY_MIN)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#items.length) this.#resize(this.#items.length * 2)
    this.#items[(this.#head + this.#length) % this.#items.length] = value
    this.#length++
  }

  shift(): number | undefined {
    if (this.#length === 0) return undefined
    const value = this.#items[this.#head]
    this.#head = (this.#head + 1) % this.#items.length
    this.#length--
    const capacity = this.#items.length
    if (capacity > CAPACITY_MIN && this.#length < capacity / 4) this.#resize(capacity / 2)
    return value
  }

  clear(): void {
    this.#items = new Float64Array(CAPACITY_MIN)
    this.#head = 0
    this.#length = 0
  }

  #resize(capacity: number): void {
    const items = new Float64Array(capacity)
    const firstPart = Math.min(this.#length, this.#items.length - this.#head)
    items.set(this.#items.subarray(this.#head, this.#head + firstPart))
    items.set(this.#items.subarray(0, this.#length - firstPart), firstPart)
    this.#items = items
    this.#head = 0
  }
}
