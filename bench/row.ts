/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the figure is compared with, measured in the same run, in turns with it. */
  readonly floor?: string
  /** value / floor, the median over the rounds. */
  readonly ratio?: number
  /** What we aim at, for the ratio if there is one, else for the value. */
  readonly target?: string
  readonly note?: string
}
