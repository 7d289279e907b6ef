// A checker of linearizability, after Wing and Gong with Lowe's memory of what was tried: is there an order of the operations
// of a history, none before it began or after it ended, in which each has the outcome that its client saw?
//
// The registers are items; an operation reads or writes several at once, so a transaction is one operation. An operation
// whose outcome its client never learned may have happened before its end, or never.

/** What lies in a register: the number that a write put there, or nothing. */
export type Value = number | null

interface Demand {
  readonly register: number
  readonly value: Value
}

export type Action =
  /** All at one moment. */
  | { readonly kind: 'read'; readonly values: readonly Demand[] }
  /** `done`: the conditions held and everything was written; `refused`: one did not and nothing was. */
  | {
      readonly kind: 'write'
      readonly conditions: readonly Demand[]
      readonly writes: readonly Demand[]
      readonly outcome: 'done' | 'refused' | 'unknown'
    }

/** `begin` and `end` are places in the order of all events. When nobody can say when it was over, the end is Infinity. */
export interface Operation {
  readonly client: number
  readonly begin: number
  readonly end: number
  readonly action: Action
}

type State = readonly Value[]

/** More are not tried: a history of this test needs a few hundred. */
const STATES_MAX = 1_000_000

/** Undefined when the history is linearizable, else what could not be placed. All registers are empty at first. */
export function findViolation(history: readonly Operation[], registers: number): string | undefined {
  const search = new Search(history)
  const empty: State = Array.from({ length: registers }, () => null)
  if (search.run(empty)) return undefined
  return `no order of ${history.length} operations explains the history; at most ${search.longest} could be placed`
}

class Search {
  /** By their beginnings. */
  readonly #operations: readonly Operation[]
  readonly #placed: boolean[]
  readonly #tried = new Set<string>()
  /** What was seen of what was written: the others are tried last. */
  readonly #seen: ReadonlySet<string>
  /** The latest beginning among what is placed: operations that ended before cannot follow any more. One a placement. */
  readonly #latest: number[] = []
  longest = 0

  constructor(history: readonly Operation[]) {
    this.#operations = history.toSorted((left, right) => left.begin - right.begin)
    this.#placed = history.map(() => false)
    this.#seen = new Set(history.flatMap(({ action }) => demandsOf(action)).map(nameOf))
  }

  run(state: State): boolean {
    const greedy = this.#placeWhatChangesNothing(state)
    const found = this.#isFinished() || this.#branch(state)
    if (!found) for (const index of greedy) this.#take(index)
    return found
  }

  #put(index: number): void {
    this.#placed[index] = true
    this.#latest.push(Math.max(this.#latest.at(-1) ?? 0, this.#operations[index]?.begin ?? 0))
    this.longest = Math.max(this.longest, this.#latest.length)
  }

  #take(index: number): void {
    this.#placed[index] = false
    this.#latest.pop()
  }

  /** Placed, or over without anybody having to know whether it happened. */
  #isSettled(index: number): boolean {
    if (this.#placed[index] === true) return true
    const operation = this.#operations[index]
    return operation !== undefined && isUnknown(operation.action) && operation.end < (this.#latest.at(-1) ?? 0)
  }

  /**
   * What leaves the state as it is and fits it now may as well stand here: whatever order is possible without it here is
   * possible with it here. Unless it began when something that perhaps happened was over: that would be out of the question then.
   */
  #placeWhatChangesNothing(state: State): readonly number[] {
    const placed: number[] = []
    for (;;) {
      const lastCall = this.#lastCall()
      const fitting = this.#candidates().filter((index) => {
        const operation = this.#operations[index]
        if (operation === undefined || operation.begin > lastCall) return false
        return isObservation(operation.action) && explains(state, operation.action)
      })
      if (fitting.length === 0) return placed
      for (const index of fitting) this.#put(index)
      placed.push(...fitting)
    }
  }

  /** When the first of those that perhaps happened, and still may, was over. */
  #lastCall(): number {
    const open = this.#operations.filter(({ action }, index) => isUnknown(action) && !this.#isSettled(index))
    return Math.min(Infinity, ...open.map(({ end }) => end))
  }

  #branch(state: State): boolean {
    const name = this.#nameOf(state)
    if (this.#tried.has(name)) return false
    this.#tried.add(name)
    if (this.#tried.size > STATES_MAX) throw new Error('the history is too tangled to be judged')
    // First what certainly happened: what nobody learned is tried where that leads nowhere.
    const candidates = this.#candidates().toSorted((left, right) => this.#doubt(left) - this.#doubt(right))
    for (const index of candidates) {
      const action = this.#operations[index]?.action
      const next = action && after(state, action)
      if (next === undefined) continue
      this.#put(index)
      if (this.run(next)) return true
      this.#take(index)
    }
    return false
  }

  /** What is left to place, and the state: how it came to be so does not matter. */
  #nameOf(state: State): string {
    const settled = this.#operations.map((_, index) => (this.#isSettled(index) ? '1' : '0')).join('')
    const first = settled.indexOf('0')
    return `${first} ${settled.slice(first, settled.lastIndexOf('1') + 1)} ${state.join()}`
  }

  /** 0: it happened; 1: somebody saw what it wrote, or may have; 2: nobody did. */
  #doubt(index: number): number {
    const action = this.#operations[index]?.action
    if (action === undefined || !isUnknown(action)) return 0
    return action.writes.some((write) => this.#seen.has(nameOf(write))) ? 1 : 2
  }

  /** Operations that may come next: no other that has to be placed ended before they began. */
  #candidates(): readonly number[] {
    const candidates: number[] = []
    let firstEnd = Infinity
    for (const [index, { begin, end, action }] of this.#operations.entries()) {
      if (this.#isSettled(index)) continue
      // Those that follow begin later still.
      if (begin > firstEnd) break
      if (!isUnknown(action)) firstEnd = Math.min(firstEnd, end)
      candidates.push(index)
    }
    return candidates.filter((index) => (this.#operations[index]?.begin ?? Infinity) < firstEnd)
  }

  /** What nobody learned need not have happened. */
  #isFinished(): boolean {
    return this.#operations.every(({ action }, index) => this.#placed[index] === true || isUnknown(action))
  }
}

function nameOf({ register, value }: Demand): string {
  return `${register} ${value}`
}

function isUnknown(action: Action): action is Extract<Action, { kind: 'write' }> {
  return action.kind === 'write' && action.outcome === 'unknown'
}

/** What an operation that happened shows of the state before it. */
function demandsOf(action: Action): readonly Demand[] {
  if (action.kind === 'read') return action.values
  return action.outcome === 'refused' ? [] : action.conditions
}

function isObservation(action: Action): boolean {
  return action.kind === 'read' || action.outcome === 'refused'
}

function explains(state: State, action: Action): boolean {
  return action.kind === 'read' ? meets(state, action.values) : !meets(state, action.conditions)
}

function meets(state: State, demands: readonly Demand[]): boolean {
  return demands.every(({ register, value }) => state[register] === value)
}

/** The state behind an operation; undefined when it does not fit the state before. */
function after(state: State, action: Action): State | undefined {
  if (isObservation(action)) return explains(state, action) ? state : undefined
  return action.kind === 'write' && meets(state, action.conditions) ? written(state, action.writes) : undefined
}

function written(state: State, writes: readonly Demand[]): State {
  const next = [...state]
  for (const { register, value } of writes) next[register] = value
  return next
}
