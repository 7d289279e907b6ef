// What functions use, exactly: each invocation once, also when the server is killed. Figures go into rows in memory and
// into a journal at once; every second the rows are added to the store in one commit that also names the journal, and
// then the journal is removed. A journal that is found at the start and is not named in the store is added then.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { syncFolder } from '#storage/files/folder-sync.ts'
import { StoreClosedError, type Store } from '#storage/store.ts'
import { type Transaction, transact } from '#storage/transact.ts'
import { type BudgetCount, type BudgetRefusal, Budgets, type UsageCut } from './budgets.ts'
import { FOLD_AFTER_MS, JOURNALS_WAITING_MAX, NAMES_LEFT_MAX, ROWS_PER_JOURNAL_MAX } from './limits.ts'
import { leftJournals, UsageJournal, type UsageRow } from './usage-journal.ts'
import {
  addTo,
  HOUR_MS,
  NO_USAGE,
  storedJournals,
  sum,
  type Usage,
  type UsageTotal,
  usageDays,
  usageHours,
  usageOfAccounts,
  type UsageSubject,
} from './usage-record.ts'
import { sweepUsage } from './usage-sweep.ts'

/** The use of one function. Kept by whoever runs it: it finds its row without a search. */
export interface UsageMeter {
  /** Asks the budgets; an invocation that may begin counts as under way until one of the other two is called. */
  admit(): BudgetRefusal | undefined
  /** It is over. */
  record(usage: Usage): void
  /** It did not begin. */
  throttled(): void
}

/** Where meters come from. */
export interface UsageMeters {
  meter(subject: UsageSubject): UsageMeter
}

export interface UsageLedgerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** For journals. Made if absent. */
  readonly folder: string
}

/** Rows that are to be added to the store together. */
interface Cut {
  readonly journal: { readonly id: string; remove(): void }
  readonly rows: readonly UsageRow[]
}

export class UsageLedger implements UsageMeters, UsageCut {
  readonly budgets: Budgets
  readonly #options: UsageLedgerOptions
  #journal: UsageJournal | undefined
  #rows: UsageRow[] = []
  readonly #waiting: Cut[] = []
  #folding: Promise<void> = Promise.resolve()
  #cancelFold: CancelTimer | undefined
  /** Journals that are gone and still named in the store. */
  #named: string[] = []
  #sweptHour = 0

  private constructor(options: UsageLedgerOptions) {
    this.#options = options
    this.budgets = new Budgets(options.store, options.clock, this)
  }

  /** Adds what a former life did not, then reads the budgets. */
  static async open(options: UsageLedgerOptions): Promise<UsageLedger> {
    const ledger = new UsageLedger(options)
    for (const journal of leftJournals(options.folder)) ledger.#waiting.push({ journal, rows: journal.rows })
    await ledger.settle()
    const named = await storedJournals.list(options.store, { prefix: [] }, { limit: NAMES_LEFT_MAX })
    // Their files are gone: the last ones of a life that ended in order, and those added above.
    ledger.#named = named.map(({ key: [id] }) => String(id))
    await ledger.budgets.open()
    return ledger
  }

  meter(subject: UsageSubject): UsageMeter {
    return new SubjectMeter(this, this.#options.clock, subject)
  }

  /** A row for figures; it counts until the next cut. */
  open(subject: UsageSubject, hour: number): OpenRow {
    if (this.#rows.length >= ROWS_PER_JOURNAL_MAX) this.#cut()
    this.#journal ??= UsageJournal.begin(this.#options.folder, this.#options.log)
    const row = { subject, hour, usage: { ...NO_USAGE } }
    this.#rows.push(row)
    this.#cancelFold ??= this.#options.clock.after(FOLD_AFTER_MS, () => this.#fold())
    return { row, journal: this.#journal, number: this.#journal.row(subject, hour), hour }
  }

  /** Whether figures may still go into the row. */
  isOpen({ journal }: OpenRow): boolean {
    return journal === this.#journal
  }

  /** Resolves when everything recorded before is in the store. Rejects when the store does. */
  settle(): Promise<void> {
    this.#cut()
    const last = this.#waiting.at(-1)
    this.#folding = this.#folding.catch(() => {}).then(() => this.#commitUntil(last))
    return this.#folding
  }

  async between<T>(cut: () => void, read: () => Promise<T>): Promise<T> {
    this.#cut()
    cut()
    const last = this.#waiting.at(-1)
    const result = this.#folding
      .catch(() => {})
      .then(() => this.#commitUntil(last))
      .then(read)
    this.#folding = result.then(
      () => {},
      () => {},
    )
    return result
  }

  /** The store was cleared: nothing was ever used. */
  forget(): void {
    this.#cut()
    for (const { journal } of this.#waiting.splice(0)) journal.remove()
    this.#named = []
    this.budgets.forget()
  }

  async close(): Promise<void> {
    await this.settle()
  }

  #cut(): void {
    this.#cancelFold?.()
    this.#cancelFold = undefined
    const journal = this.#journal
    if (!journal) return
    journal.end()
    this.#journal = undefined
    this.#waiting.push({ journal, rows: this.#rows })
    this.#rows = []
    if (this.#waiting.length <= JOURNALS_WAITING_MAX) return
    const lost = this.#waiting.shift()
    // Its file stays: the next start adds it.
    this.#options.log.error('usage-not-stored', { journal: lost?.journal.id })
  }

  #fold(): void {
    this.settle().catch((error: unknown) => {
      if (error instanceof StoreClosedError) return
      this.#options.log.warn('usage-not-stored-yet', { error })
      this.#cancelFold ??= this.#options.clock.after(FOLD_AFTER_MS, () => this.#fold())
    })
  }

  /** What was cut after `last` waits for its own turn. */
  async #commitUntil(last: Cut | undefined): Promise<void> {
    // Those that an earlier turn has committed are not among the waiting any more.
    for (const cut of last ? this.#waiting.slice(0, this.#waiting.indexOf(last) + 1) : []) {
      await this.#commit(cut)
      if (this.#waiting[0] === cut) this.#waiting.shift()
      cut.journal.remove()
      this.#named.push(cut.journal.id)
    }
    const { store, clock } = this.#options
    const hour = Math.floor(clock.nowMs() / HOUR_MS)
    if (hour === this.#sweptHour) return
    this.#sweptHour = hour
    await sweepUsage(store, clock.nowMs())
  }

  async #commit({ journal, rows }: Cut): Promise<void> {
    const named = await this.#removedForGood()
    await transact(this.#options.store, async (transaction) => {
      if (await storedJournals.get(transaction, [journal.id])) return
      await addRows(transaction, rows)
      for (const id of named) await storedJournals.delete(transaction, [id])
      await storedJournals.set(transaction, [journal.id], {})
    })
    this.#named = this.#named.filter((id) => !named.includes(id))
  }

  /** Journals whose names may go: a file whose removal is not on disk may come back with the power, and would count again. */
  async #removedForGood(): Promise<readonly string[]> {
    const removed = this.#named
    if (removed.length === 0) return removed
    try {
      await syncFolder(this.#options.folder)
      return removed
    } catch (error) {
      // A sync after one that failed proves nothing: these names stay.
      this.#options.log.error('usage-folder-not-synced', { error })
      this.#named = this.#named.filter((id) => !removed.includes(id))
      return []
    }
  }
}

/** A row that a meter writes to. */
interface OpenRow {
  readonly row: { readonly usage: UsageTotal }
  readonly journal: UsageJournal
  readonly number: number
  readonly hour: number
}

async function addRows(transaction: Transaction, rows: readonly UsageRow[]): Promise<void> {
  // Several meters may write for one function, and an hour's functions share the row of their account.
  const totals = new Map<
    string,
    { readonly collection: typeof usageDays; readonly key: (string | number)[]; usage: Usage }
  >()
  const add = (collection: typeof usageDays, key: (string | number)[], usage: Usage): void => {
    const name = [collection.name, ...key].join('\n')
    const known = totals.get(name)
    if (known) known.usage = sum(known.usage, usage)
    else totals.set(name, { collection, key, usage })
  }
  for (const { subject, hour, usage } of rows) {
    const { account, region, function: name } = subject
    const day = Math.floor(hour / 24)
    add(usageHours, [hour, account, region, name], usage)
    add(usageDays, [day, account, region, name], usage)
    add(usageOfAccounts, [account, day], usage)
  }
  await Promise.all(
    Array.from(totals.values(), async ({ collection, key, usage }) => {
      const before = await collection.get(transaction, key)
      await collection.set(transaction, key, sum(before?.value ?? NO_USAGE, usage))
    }),
  )
}

const ONE_THROTTLED: Usage = { ...NO_USAGE, throttled: 1 }

class SubjectMeter implements UsageMeter {
  readonly #ledger: UsageLedger
  readonly #clock: Clock
  readonly #subject: UsageSubject
  #open: OpenRow | undefined
  #counts: readonly BudgetCount[] = []
  #generation = -1

  constructor(ledger: UsageLedger, clock: Clock, subject: UsageSubject) {
    this.#ledger = ledger
    this.#clock = clock
    this.#subject = subject
  }

  admit(): BudgetRefusal | undefined {
    const counts = this.#budgets()
    for (const count of counts) {
      const refusal = count.refusal()
      if (refusal) {
        this.#add(ONE_THROTTLED)
        return refusal
      }
    }
    for (const count of counts) count.begin()
    return undefined
  }

  record(usage: Usage): void {
    this.#add(usage)
    for (const count of this.#budgets()) count.end(usage)
  }

  throttled(): void {
    this.#add(ONE_THROTTLED)
    for (const count of this.#budgets()) count.end(undefined)
  }

  #budgets(): readonly BudgetCount[] {
    const { budgets } = this.#ledger
    if (this.#generation === budgets.generation) return this.#counts
    this.#generation = budgets.generation
    this.#counts = budgets.countsFor(this.#subject)
    return this.#counts
  }

  #add(usage: Usage): void {
    const hour = Math.floor(this.#clock.nowMs() / HOUR_MS)
    if (!this.#open || this.#open.hour !== hour || !this.#ledger.isOpen(this.#open))
      this.#open = this.#ledger.open(this.#subject, hour)
    const { row, journal, number } = this.#open
    addTo(row.usage, usage)
    journal.add(number, usage)
  }
}
