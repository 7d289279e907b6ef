// What is wrong with an expression whatever the names and values of the request: found while it is parsed, told in the
// order in which the service tells it.

/** First to last: when an expression has several, the first of this list is answered. */
const ORDER = [
  'operators',
  'parentheses',
  'function',
  'use',
  'reserved',
  'section',
  'index',
  'depth',
  'operands',
] as const

export type FaultKind = (typeof ORDER)[number]

/** Keeps the first fault of each kind. */
export class Faults {
  readonly #first = new Map<FaultKind, string>()

  add(kind: FaultKind, message: string): void {
    if (!this.#first.has(kind)) this.#first.set(kind, message)
  }

  /** What the service answers; undefined when nothing is wrong. */
  get message(): string | undefined {
    for (const kind of ORDER) {
      const message = this.#first.get(kind)
      if (message !== undefined) return message
    }
    return undefined
  }
}
