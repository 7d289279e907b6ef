// Usage as it is asked for: by function, of a span of days or hours.
import type { Collection } from '#storage/collection.ts'
import { type Key, LIST_PAGE_MAX, type Store } from '#storage/store.ts'
import { ROWS_READ_MAX } from './limits.ts'
import { DAY_MS, HOUR_MS, NO_USAGE, sum, type Usage, usageDays, usageHours, type UsageSubject } from './usage-record.ts'

export interface UsageQuestion {
  readonly account: string
  readonly region?: string
  readonly function?: string
  /** Inclusive and exclusive; whole days, or whole hours where these are asked for. */
  readonly fromMs: number
  readonly untilMs: number
  /** One row for each function, or for each of its days or hours. */
  readonly by: 'total' | 'day' | 'hour'
}

export interface UsageLine extends UsageSubject {
  /** Where the row is one of several. */
  readonly fromMs: number
  readonly usage: Usage
}

/** Rows in the order of time, then of names; `cut` when there was more to read. */
export async function reportUsage(
  store: Store,
  question: UsageQuestion,
): Promise<{ readonly lines: readonly UsageLine[]; readonly cut: boolean }> {
  const collection = question.by === 'hour' ? usageHours : usageDays
  const stepMs = question.by === 'hour' ? HOUR_MS : DAY_MS
  const lines = new Map<string, UsageLine>()
  let left = ROWS_READ_MAX
  for (let step = Math.floor(question.fromMs / stepMs); step * stepMs < question.untilMs; step++)
    for await (const { key, usage } of rowsOf(collection, store, [step, question.account])) {
      if (left-- === 0) return { lines: [...lines.values()], cut: true }
      const [, account = '', region = '', name = ''] = key.map(String)
      if (region !== (question.region ?? region) || name !== (question.function ?? name)) continue
      const fromMs = question.by === 'total' ? question.fromMs : step * stepMs
      const place = `${fromMs} ${region} ${name}`
      const before = lines.get(place)?.usage ?? NO_USAGE
      lines.set(place, { account, region, function: name, fromMs, usage: sum(before, usage) })
    }
  return { lines: [...lines.values()], cut: false }
}

async function* rowsOf(
  collection: Collection<Usage>,
  store: Store,
  prefix: Key,
): AsyncGenerator<{ readonly key: Key; readonly usage: Usage }> {
  for (let after: Key | undefined; ;) {
    const page = await collection.list(store, { prefix, ...(after && { after }) }, { limit: LIST_PAGE_MAX })
    for (const { key, value } of page) yield { key, usage: value }
    after = page.at(-1)?.key
    if (page.length < LIST_PAGE_MAX) return
  }
}
