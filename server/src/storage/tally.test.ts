import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection, jsonCodec } from './collection.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { Tally } from './tally.ts'
import { transact } from './transact.ts'

const things = new Collection<{ readonly n: number }>({ name: 'test.things', codec: jsonCodec(1) })

test('creations at once do not take more places than there are', async () => {
  const store = createMemoryStore()
  const tally = new Tally('test.counts', async (reader, key) => (await things.list(reader, { prefix: key })).length)
  const count = (name: string) => transact(store, (transaction) => tally.count(store, transaction, [name]))
  const make = (n: number, max: number) =>
    transact(store, async (transaction) => {
      if ((await tally.count(store, transaction, ['a'])) >= max) return false
      await tally.add(store, transaction, ['a'], 1)
      await things.set(transaction, ['a', n], { n })
      return true
    })
  // There before anything was counted.
  await transact(store, (transaction) => things.set(transaction, ['a', 0], { n: 0 }))
  const made = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => make(n, 4)))
  assert.equal(made.filter(Boolean).length, 3)
  assert.equal((await things.list(store, { prefix: ['a'] })).length, 4)
  assert.deepEqual([await count('a'), await count('b')], [4, 0])
  await transact(store, async (transaction) => {
    await tally.add(store, transaction, ['a'], -1)
    await things.delete(transaction, ['a', 0])
  })
  assert.deepEqual([await make(7, 4), await make(8, 4)], [true, false])
  await transact(store, async (transaction) => {
    await tally.forget(transaction, ['a'])
    await things.delete(transaction, ['a', 7])
  })
  assert.equal(await count('a'), 3, 'counted anew')
})
