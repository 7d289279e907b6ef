import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection, jsonCodec } from './collection.ts'
import { filteredPage } from './filtered-page.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import type { Key } from './store.ts'
import { transact } from './transact.ts'

const numbers = new Collection<number>({ name: 'test.numbers', codec: jsonCodec(1) })

test('pages hold what passes, follow each other without gaps, and the last one says so', async () => {
  const store = createMemoryStore()
  await transact(store, async (transaction) => {
    for (let number = 0; number < 50; number++) await numbers.set(transaction, ['all', number], number)
    await numbers.set(transaction, ['others', 0], 3)
  })
  const wanted = Array.from({ length: 50 }, (_, number) => number).filter((number) => number % 3 === 0)
  for (const [max, scan] of [
    [1, 1],
    [4, 3],
    [5, 7],
    [17, 50],
    [100, 1000],
  ] as const) {
    const seen: number[] = []
    let after: Key | undefined
    do {
      const range = { prefix: ['all'], after, max, scan }
      const page = await filteredPage(store, numbers, range, (number) => number % 3 === 0)
      assert.ok(page.items.length <= max)
      assert.ok(page.items.length === max || page.next === undefined)
      seen.push(...page.items)
      after = page.next
    } while (after !== undefined)
    assert.deepEqual(seen, wanted, `${max} a page, ${scan} a read`)
  }
})
