// Standard queues: about the order in which messages were sent. What came back is taken in turns with what is new, so that
// neither a message that always fails nor a long queue keeps the other from its turn.
import type { Offer, Order } from './order.ts'
import { SequenceRing } from './sequence-ring.ts'

export class StandardOrder implements Order {
  readonly #fresh = new SequenceRing()
  readonly #returned = new SequenceRing()
  #isReturnedNext = false

  arrive(sequence: number, state: 'visible' | 'hidden' | 'in-flight'): void {
    if (state === 'visible') this.#fresh.push(sequence)
  }

  appear(sequence: number): void {
    this.#returned.push(sequence)
  }

  /** Entries of deleted messages are passed over when their turn comes. */
  leave(): void {}

  take(max: number, offer: (sequence: number) => Offer): void {
    for (let taken = 0; taken < max;) {
      const sequence = this.#next()
      if (sequence === undefined) return
      if (offer(sequence) === 'taken') taken++
    }
  }

  clear(): void {
    this.#fresh.clear()
    this.#returned.clear()
  }

  #next(): number | undefined {
    this.#isReturnedNext = !this.#isReturnedNext
    const [first, second] = this.#isReturnedNext ? [this.#returned, this.#fresh] : [this.#fresh, this.#returned]
    return first.shift() ?? second.shift()
  }
}
