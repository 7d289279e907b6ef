// Caps on what a function, or all functions of an account, may use in a day or a month (UTC). Counts are those of the
// ledger, held in memory for every budget: a question costs a comparison. Invocations under way count as used, so a cap on
// invocations is never exceeded; a cap on GB-seconds stops what comes after it was reached, so it is exceeded by what was
// under way then.
import type { Clock } from '#base/clock.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import { LIST_PAGE_MAX, type Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { BUDGETS_MAX } from './limits.ts'
import {
  DAY_MS,
  MB_MS_PER_GB_SECOND,
  NO_USAGE,
  sum,
  type Usage,
  usageDays,
  usageOfAccounts,
  type UsageSubject,
} from './usage-record.ts'

export type BudgetPeriod = 'day' | 'month'

/** Of a function, or without a name of all functions of the account, in all regions. */
export interface Budget {
  readonly account: string
  readonly region?: string
  readonly function?: string
  readonly period: BudgetPeriod
  readonly invocationsMax?: number
  readonly gbSecondsMax?: number
}

/** A budget that is used up. */
export interface BudgetRefusal {
  readonly budget: Budget
  readonly unit: 'invocations' | 'GB-seconds'
  readonly max: number
  /** When it begins anew. */
  readonly untilMs: number
}

export interface BudgetState extends Budget {
  readonly used: { readonly invocations: number; readonly gbSeconds: number }
  readonly untilMs: number
}

export const budgetRecords = new Collection<Budget>({ name: 'usage.budgets', codec: jsonCodec(1) })

/** What is used of one budget. */
export class BudgetCount {
  readonly budget: Budget
  readonly #clock: Clock
  #firstDay = 0
  #untilMs = 0
  #invocations = 0
  #billedMbMs = 0
  #running = 0

  constructor(budget: Budget, clock: Clock) {
    this.budget = budget
    this.#clock = clock
    this.#turn()
  }

  /** Days since 1970 on which its period began and ends. */
  get days(): { readonly first: number; readonly after: number } {
    return { first: this.#firstDay, after: this.#untilMs / DAY_MS }
  }

  /** What was used before it counted. */
  load(usage: Usage): void {
    this.#invocations += usage.invocations
    this.#billedMbMs += usage.billedMbMs
  }

  refusal(): BudgetRefusal | undefined {
    this.#turn()
    const { budget } = this
    const { invocationsMax, gbSecondsMax } = budget
    const untilMs = this.#untilMs
    if (invocationsMax !== undefined && this.#invocations + this.#running >= invocationsMax)
      return { budget, unit: 'invocations', max: invocationsMax, untilMs }
    if (gbSecondsMax !== undefined && this.#billedMbMs >= gbSecondsMax * MB_MS_PER_GB_SECOND)
      return { budget, unit: 'GB-seconds', max: gbSecondsMax, untilMs }
    return undefined
  }

  begin(): void {
    this.#running++
  }

  /** `undefined`: it did not begin after all. */
  end(usage: Usage | undefined): void {
    this.#turn()
    this.#running = Math.max(0, this.#running - 1)
    if (usage) this.load(usage)
  }

  state(): BudgetState {
    this.#turn()
    const gbSeconds = this.#billedMbMs / MB_MS_PER_GB_SECOND
    return { ...this.budget, used: { invocations: this.#invocations, gbSeconds }, untilMs: this.#untilMs }
  }

  /** A new period begins with nothing used. */
  #turn(): void {
    const nowMs = this.#clock.nowMs()
    if (nowMs < this.#untilMs) return
    const { firstMs, untilMs } = periodAt(this.budget.period, nowMs)
    this.#firstDay = firstMs / DAY_MS
    this.#untilMs = untilMs
    this.#invocations = 0
    this.#billedMbMs = 0
  }
}

/** The day or month, UTC, in which a time lies. */
export function periodAt(period: BudgetPeriod, nowMs: number): { readonly firstMs: number; readonly untilMs: number } {
  const firstMs = nowMs - (nowMs % DAY_MS)
  if (period === 'day') return { firstMs, untilMs: firstMs + DAY_MS }
  const date = new Date(nowMs)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { firstMs: Date.UTC(year, month), untilMs: Date.UTC(year, month + 1) }
}

/** What the budgets need of the ledger. */
export interface UsageCut {
  /** Everything recorded before `cut` is in the store when `read` runs, and nothing that came after. */
  between<T>(cut: () => void, read: () => Promise<T>): Promise<T>
}

export class Budgets {
  readonly #store: Store
  readonly #clock: Clock
  readonly #ledger: UsageCut
  readonly #counts = new Map<string, BudgetCount>()
  /** Rises with each change: who holds counts asks again. */
  generation = 0

  constructor(store: Store, clock: Clock, ledger: UsageCut) {
    this.#store = store
    this.#clock = clock
    this.#ledger = ledger
  }

  /** Reads all budgets and what was used of them. Before anything is recorded. */
  async open(): Promise<void> {
    for (let after: readonly string[] | undefined; ;) {
      const page = await budgetRecords.list(
        this.#store,
        { prefix: [], ...(after && { after }) },
        { limit: LIST_PAGE_MAX },
      )
      for (const { value } of page) await this.#count(value)
      after = page.at(-1)?.key as readonly string[] | undefined
      if (page.length < LIST_PAGE_MAX) return
    }
  }

  /** Those that an invocation of the function must fit into. */
  countsFor({ account, region, function: name }: UsageSubject): readonly BudgetCount[] {
    if (this.#counts.size === 0) return []
    const places = [{ account }, { account, region, function: name }]
    return places.flatMap((place) =>
      (['day', 'month'] as const).flatMap((period) => this.#counts.get(nameOf({ ...place, period })) ?? []),
    )
  }

  list(account?: string): readonly BudgetState[] {
    return [...this.#counts.values()]
      .filter(({ budget }) => account === undefined || budget.account === account)
      .map((count) => count.state())
  }

  /** Makes or replaces a budget; it holds when this resolves. A text says why there can be no more. */
  async set(budget: Budget): Promise<BudgetState | string> {
    if (!this.#counts.has(nameOf(budget)) && this.#counts.size >= BUDGETS_MAX) return `more than ${BUDGETS_MAX} budgets`
    await transact(this.#store, (transaction) => budgetRecords.set(transaction, keyOf(budget), budget))
    return (await this.#count(budget)).state()
  }

  /** False when there is none. */
  async remove(budget: Omit<Budget, 'invocationsMax' | 'gbSecondsMax'>): Promise<boolean> {
    if (!this.#counts.delete(nameOf(budget))) return false
    this.generation++
    await transact(this.#store, (transaction) => budgetRecords.delete(transaction, keyOf(budget)))
    return true
  }

  /** The store was cleared. */
  forget(): void {
    this.#counts.clear()
    this.generation++
  }

  async #count(budget: Budget): Promise<BudgetCount> {
    const count = new BudgetCount(budget, this.#clock)
    const used = await this.#ledger.between(
      () => {
        this.#counts.set(nameOf(budget), count)
        this.generation++
      },
      () => this.#usedOf(count),
    )
    count.load(used)
    return count
  }

  async #usedOf({ budget, days }: BudgetCount): Promise<Usage> {
    const { account, region = '', function: name } = budget
    const keys = Array.from({ length: days.after - days.first }, (_, index) => days.first + index).map((day) =>
      name === undefined ? usageOfAccounts.keyOf([account, day]) : usageDays.keyOf([day, account, region, name]),
    )
    const rows = await this.#store.getMany(keys)
    return rows.reduce((total, row) => sum(total, usageDays.read(row)?.value ?? NO_USAGE), NO_USAGE)
  }
}

type Place = Pick<Budget, 'account' | 'region' | 'function' | 'period'>

function keyOf({ account, region = '', function: name = '', period }: Place): readonly string[] {
  return [account, region, name, period]
}

function nameOf(place: Place): string {
  return keyOf(place).join(' ')
}
