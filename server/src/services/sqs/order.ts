// Which message comes next: the difference between the two kinds of queue. An order knows sequences only; what state a message
// is in it asks by offering it.

/**
 * What became of an offered message. `taken`: it is in flight now; `leaving`: it goes to the dead-letter queue; `gone`: it
 * was deleted; `hidden`: its delay has not ended.
 */
export type Offer = 'taken' | 'leaving' | 'gone' | 'hidden'

export interface Order {
  /** A message was sent, or read back. Called in the order of sequences. */
  arrive(sequence: number, state: 'visible' | 'hidden' | 'in-flight'): void
  /** A message became visible: its delay ended (`wasInFlight` false), or it was given back. */
  appear(sequence: number, wasInFlight: boolean): void
  /** A message was deleted. */
  leave(sequence: number, wasInFlight: boolean): void
  /** Offers what comes next until `offer` has taken `max` messages, or nothing more is ready. */
  take(max: number, offer: (sequence: number) => Offer): void
  /** Every message is gone. */
  clear(): void
}
