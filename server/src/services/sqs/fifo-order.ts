// FIFO queues: within a message group strictly in order, and nothing of a group while a message of it is in flight. Groups
// that can give something take turns; a receive takes as much as it can from one group before it goes to the next.
//
//   group: blocked (something in flight, or its first message is delayed) ──last one deleted or given back──▶ ready
//            ▲                                                                                                  │
//            └────────────────────────────────────── taken from ────────────────────────────────────────────────┘
import type { Offer, Order } from './order.ts'

export class MessageGroup {
  readonly id: string
  /** Live messages in order; deleted ones stay until they are met at the front. */
  #sequences: number[] = []
  #head = 0
  /** Messages that are neither deleted nor leaving for good. */
  live = 0
  inFlight = 0
  isReady = false

  constructor(id: string) {
    this.id = id
  }

  add(sequence: number): void {
    this.#sequences.push(sequence)
    this.live++
  }

  /** The messages from the first on; `dropFirst` forgets it. */
  at(index: number): number | undefined {
    return this.#sequences[this.#head + index]
  }

  dropFirst(): void {
    this.#head++
    // In one piece, and seldom: a shift for each would be quadratic in some engines.
    if (this.#head > 64 && this.#head * 2 > this.#sequences.length) {
      this.#sequences = this.#sequences.slice(this.#head)
      this.#head = 0
    }
  }
}

export class FifoOrder implements Order {
  readonly #groups = new Map<string, MessageGroup>()
  readonly #groupOf: (sequence: number) => MessageGroup
  #ready: MessageGroup[] = []
  #readyHead = 0

  /** `groupOf` finds the group that `group` made for a message that is not deleted. */
  constructor(groupOf: (sequence: number) => MessageGroup) {
    this.#groupOf = groupOf
  }

  /** The group of this id, made when there is none. */
  group(id: string): MessageGroup {
    let group = this.#groups.get(id)
    if (group === undefined) {
      group = new MessageGroup(id)
      this.#groups.set(id, group)
    }
    return group
  }

  arrive(sequence: number, state: 'visible' | 'hidden' | 'in-flight'): void {
    const group = this.#groupOf(sequence)
    group.add(sequence)
    if (state === 'in-flight') group.inFlight++
    else if (state === 'visible') this.#settle(group)
  }

  appear(sequence: number, wasInFlight: boolean): void {
    const group = this.#groupOf(sequence)
    if (wasInFlight) group.inFlight--
    this.#settle(group)
  }

  leave(sequence: number, wasInFlight: boolean): void {
    const group = this.#groupOf(sequence)
    if (wasInFlight) group.inFlight--
    group.live--
    if (group.live === 0) this.#groups.delete(group.id)
    else this.#settle(group)
  }

  take(max: number, offer: (sequence: number) => Offer): void {
    for (let left = max; left > 0;) {
      const group = this.#nextReady()
      if (group === undefined) return
      if (group.inFlight === 0) left -= takeFrom(group, left, offer)
    }
  }

  clear(): void {
    this.#groups.clear()
    this.#ready = []
    this.#readyHead = 0
  }

  #settle(group: MessageGroup): void {
    if (group.inFlight > 0 || group.isReady || group.live === 0) return
    group.isReady = true
    this.#ready.push(group)
  }

  #nextReady(): MessageGroup | undefined {
    const group = this.#ready[this.#readyHead]
    if (group === undefined) return undefined
    group.isReady = false
    this.#readyHead++
    if (this.#readyHead > 1024 && this.#readyHead * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyHead)
      this.#readyHead = 0
    }
    return group
  }
}

/** Offers the group's messages from the first on; returns how many were taken. */
function takeFrom(group: MessageGroup, max: number, offer: (sequence: number) => Offer): number {
  let taken = 0
  for (let index = 0; taken < max;) {
    const sequence = group.at(index)
    if (sequence === undefined) return taken
    switch (offer(sequence)) {
      case 'gone':
        if (index === 0) group.dropFirst()
        else index++
        break
      case 'taken':
        group.inFlight++
        taken++
        index++
        break
      case 'leaving':
        // Nothing behind it may pass before it has left.
        group.inFlight++
        return taken
      case 'hidden':
        return taken
    }
  }
  return taken
}
