// Whether a subscription wants a message. Policies are compiled once per subscription; of a message the attributes and the
// body are read once, for all subscriptions.
import { compilePattern } from '#events/pattern/pattern.ts'
import { type Message, textFor } from './message.ts'
import { filterable } from './message-attributes.ts'
import type { SubscriptionRecord } from './subscription.ts'
import { dialectOf, hasFilter } from './subscription-attributes.ts'

export type Filter = (message: FilteredMessage) => boolean

/** Undefined: everything passes. */
export function filterOf({ attributes, protocol }: SubscriptionRecord): Filter | undefined {
  const policy = attributes['FilterPolicy']
  if (!hasFilter(policy)) return undefined
  const dialect = dialectOf(attributes)
  const pattern = compilePattern(policy, dialect)
  // It was checked when it was set; a policy that this Mayfly does not know lets nothing through.
  if (pattern.kind === 'invalid') return () => false
  return dialect === 'sns-attributes'
    ? (message) => pattern.matches(message.attributes())
    : (message) => pattern.matches(message.body(protocol))
}

export class FilteredMessage {
  readonly #message: Message
  readonly #bodies = new Map<string, unknown>()
  #attributes: unknown

  constructor(message: Message) {
    this.#message = message
  }

  attributes(): unknown {
    this.#attributes ??= filterable(this.#message.attributes ?? {})
    return this.#attributes
  }

  /** Undefined for what is no JSON: no policy on the body lets that through. */
  body(protocol: string): unknown {
    const text = textFor(this.#message, protocol)
    if (!this.#bodies.has(text)) this.#bodies.set(text, parse(text))
    return this.#bodies.get(text)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
