/** Standard, then FIFO. */
export const CRASH_QUEUES: readonly string[] = ['crash', 'crash.fifo']
export const GROUPS = 3

/** The number of a message: rises with the steps of a sender and with the rounds. */
export function numberOf(place: { readonly round: number; readonly sender: number; readonly step: number }): number {
  return (place.round * 10 + place.sender) * 100_000 + place.step
}
