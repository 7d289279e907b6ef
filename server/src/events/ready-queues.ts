// Events that may be started, one first-in-first-out queue per destination, taken in turn: a destination with a long
// queue or slow answers holds back only itself. Both bounds of concurrency are kept here, and the order of lanes: a lane
// is a destination of its own with one place, which an event that must be tried again keeps.

export interface Queued {
  /** Whose queue it stands in. */
  readonly destination: string
  /** The destination is a lane. All items of one destination say the same. */
  readonly inLane: boolean
}

interface Queue<T> {
  readonly waiting: T[]
  head: number
  inFlight: number
  /** True while the queue stands in the round. */
  inRound: boolean
  /** Nothing is taken from a lane whose first item waits for its next attempt. */
  held: boolean
}

export class ReadyQueues<T extends Queued> {
  readonly #inFlightMax: number
  readonly #perDestinationMax: number
  readonly #queues = new Map<string, Queue<T>>()
  /** Destinations that have something to start and a free place, in the order in which their turn comes. */
  readonly #round = new Set<string>()
  #inFlight = 0

  constructor(inFlightMax: number, perDestinationMax: number) {
    this.#inFlightMax = inFlightMax
    this.#perDestinationMax = perDestinationMax
  }

  get inFlight(): number {
    return this.#inFlight
  }

  push(item: T): void {
    const queue = this.#queueOf(item)
    queue.waiting.push(item)
    this.#enterRound(item, queue)
  }

  /** An item of a lane will be tried again later: it stands first, and the lane waits with it until `resume`. */
  holdBack(item: T): void {
    const queue = this.#queueOf(item)
    if (queue.head > 0) queue.waiting[--queue.head] = item
    else queue.waiting.unshift(item)
    queue.held = true
  }

  /** The first item of a lane may be started again. */
  resume(item: T): void {
    const queue = this.#queueOf(item)
    queue.held = false
    this.#enterRound(item, queue)
  }

  #queueOf(item: T): Queue<T> {
    let queue = this.#queues.get(item.destination)
    if (!queue) {
      queue = { waiting: [], head: 0, inFlight: 0, inRound: false, held: false }
      this.#queues.set(item.destination, queue)
    }
    return queue
  }

  /** The next item to start, which takes a place until `release`; undefined when nothing may start. */
  take(): T | undefined {
    if (this.#inFlight >= this.#inFlightMax) return undefined
    for (const destination of this.#round) {
      const queue = this.#queues.get(destination)
      this.#round.delete(destination)
      if (!queue) continue
      queue.inRound = false
      const item = shift(queue)
      if (item === undefined) continue
      queue.inFlight++
      this.#inFlight++
      this.#enterRound(item, queue)
      return item
    }
    return undefined
  }

  /** Gives back the place of an item that was taken. */
  release(item: T): void {
    const queue = this.#queues.get(item.destination)
    if (!queue) return
    queue.inFlight--
    this.#inFlight--
    if (queue.inFlight === 0 && waitingIn(queue) === 0) this.#queues.delete(item.destination)
    else this.#enterRound(item, queue)
  }

  #enterRound({ destination, inLane }: Queued, queue: Queue<T>): void {
    if (queue.inRound || queue.held || waitingIn(queue) === 0) return
    if (queue.inFlight >= (inLane ? 1 : this.#perDestinationMax)) return
    queue.inRound = true
    this.#round.add(destination)
  }
}

function waitingIn<T>(queue: Queue<T>): number {
  return queue.waiting.length - queue.head
}

/** Takes the first item; drops the used front of the array now and then, so that taking stays cheap. */
function shift<T>(queue: Queue<T>): T | undefined {
  const item = queue.waiting[queue.head]
  if (item === undefined) return undefined
  queue.head++
  if (queue.head > 64 && queue.head * 2 > queue.waiting.length) {
    queue.waiting.splice(0, queue.head)
    queue.head = 0
  }
  return item
}
