// Finds records, newest first, a bounded part of the journal at a time.
import { timeOfEvent } from './event.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { DISORDER_MAX_MS, PAGE_RECORDS, SEARCHED_MAX } from './limits.ts'

export interface Search {
  readonly account: string
  /** Times of events, both inclusive. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Only records before this sequence: where the page before ended. */
  readonly before?: number | undefined
  /** Texts that a record holds if it is wanted: looked for before anything is parsed. */
  readonly holding: readonly string[]
  readonly wants: (entry: JournalEntry) => boolean
  readonly max: number
}

export interface SearchPage {
  readonly entries: readonly JournalEntry[]
  /** Go on before this sequence; undefined when there is nothing more. */
  readonly next: number | undefined
}

/** One page. It may have fewer than `max` records, even none, though there are more: then `next` says where to go on. */
export async function searchJournal(journal: Journal, search: Search): Promise<SearchPage> {
  const { account, max } = search
  const needles = search.holding.map((text) => Buffer.from(text))
  const entries: JournalEntry[] = []
  let before = search.before ?? (await firstAfter(journal, account, search.toMs))
  for (let searched = 0; searched < SEARCHED_MAX; searched += PAGE_RECORDS) {
    const page = await journal.before(account, before, PAGE_RECORDS)
    for (const entry of page) {
      const timeMs = timeOfEvent(entry.event)
      if (search.fromMs !== undefined && timeMs < search.fromMs - DISORDER_MAX_MS) return { entries, next: undefined }
      before = entry.sequence
      if (!isWithin(timeMs, search) || !needles.every((needle) => entry.event.includes(needle))) continue
      if (!search.wants(entry)) continue
      entries.push(entry)
      if (entries.length === max) return { entries, next: before }
    }
    if (page.length < PAGE_RECORDS) return { entries, next: undefined }
  }
  return { entries, next: before }
}

function isWithin(timeMs: number, { fromMs, toMs }: Search): boolean {
  return (fromMs === undefined || timeMs >= fromMs) && (toMs === undefined || timeMs <= toMs)
}

/** The first sequence whose record is surely after `toMs`; beyond all records without one. Times rise but for little. */
async function firstAfter(journal: Journal, account: string, toMs: number | undefined): Promise<number> {
  let high = (await journal.lastSequence(account)) + 1
  if (toMs === undefined) return high
  const [oldest] = await journal.after(account, 0, 1)
  let low = oldest?.sequence ?? high
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [entry] = await journal.after(account, middle - 1, 1)
    if (entry !== undefined && timeOfEvent(entry.event) > toMs + DISORDER_MAX_MS) high = middle
    else low = middle + 1
  }
  return high
}
