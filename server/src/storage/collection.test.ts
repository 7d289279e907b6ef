import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvariantError } from '#base/errors.ts'
import { Collection, jsonCodec } from './collection.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { compareKeys } from './store.model.ts'
import type { Key, Store } from './store.ts'
import { transact } from './transact.ts'

const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`collection.test.ts seed ${seed}`)

interface Message {
  readonly visibleAt: number
  readonly tags: readonly string[]
}

const messages = new Collection<Message>({
  name: 'test.message',
  codec: jsonCodec<Message>(2, (value, format) => ({ ...(value as Message), tags: [`from ${format}`] })),
  indexes: {
    visible: ({ visibleAt }) => (visibleAt < 0 ? [] : [[visibleAt]]),
    tag: ({ tags }, key) => tags.map((tag) => [tag, key.length]),
  },
})

const set = (store: Store, key: Key, value: Message): Promise<void> =>
  transact(store, (transaction) => messages.set(transaction, key, value))

test('records come back with key and version', async () => {
  const store = createMemoryStore()
  assert.equal(await messages.get(store, ['q', 1]), undefined)
  await set(store, ['q', 1], { visibleAt: 5, tags: ['a'] })
  const version = (await store.get(messages.keyOf(['q', 1])))?.version
  assert.deepEqual(await messages.get(store, ['q', 1]), {
    key: ['q', 1],
    value: { visibleAt: 5, tags: ['a'] },
    version,
  })
  assert.deepEqual(
    (await messages.list(store, { prefix: ['q'] })).map(({ key }) => key),
    [['q', 1]],
  )
})

test('an index follows every change: any history leaves exactly the entries of the records', async () => {
  const aKey = fc.tuple(fc.constantFrom('q', 'r'), fc.integer({ min: 0, max: 4 }))
  const aMessage = fc.record(
    {
      visibleAt: fc.integer({ min: -1, max: 3 }),
      tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    },
    { noNullPrototype: true },
  )
  const aChange = fc.tuple(aKey, fc.option(aMessage, { nil: undefined }))
  await fc.assert(
    fc.asyncProperty(fc.array(aChange, { maxLength: 20 }), async (changes) => {
      const store = createMemoryStore()
      const model = new Map<string, { readonly key: Key; readonly value: Message }>()
      for (const [key, value] of changes) {
        if (value) await set(store, key, value)
        else await transact(store, (transaction) => messages.delete(transaction, key))
        if (value) model.set(JSON.stringify(key), { key, value })
        else model.delete(JSON.stringify(key))
      }
      const records = [...model.values()]
      const expected = {
        visible: records.flatMap(({ key, value }) => (value.visibleAt < 0 ? [] : [[value.visibleAt, ...key]])),
        tag: records.flatMap(({ key, value }) => value.tags.map((tag) => [tag, key.length, ...key])),
      }
      for (const [index, keys] of Object.entries(expected)) {
        const found = await messages.listIndex(store, index, { prefix: [] })
        assert.deepEqual(
          found.map(({ indexKey }) => indexKey),
          keys.sort(compareKeys),
        )
        for (const { key, value } of found) assert.deepEqual(value, model.get(JSON.stringify(key))?.value)
        assert.equal((await store.list({ prefix: [`test.message#${index}`] })).length, keys.length)
      }
    }),
    { seed },
  )
})

test('pages of an index continue, in both directions', async () => {
  const store = createMemoryStore()
  for (let id = 0; id < 10; id++) await set(store, ['q', id], { visibleAt: Math.trunc(id / 2), tags: [] })
  const walk = async (reverse: boolean): Promise<unknown[]> => {
    const seen: unknown[] = []
    for (let last: Key | undefined; ;) {
      const cut = last && (reverse ? { before: last } : { after: last })
      const page = await messages.listIndex(store, 'visible', { prefix: [], ...cut }, { limit: 3, reverse })
      seen.push(...page.map(({ key }) => key[1]))
      if (page.length < 3) return seen
      last = page.at(-1)?.indexKey
    }
  }
  assert.deepEqual(await walk(false), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.deepEqual(await walk(true), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
})

test('records that move in the index or go away during the call are not told of where they were', async () => {
  const inner = createMemoryStore()
  for (let id = 0; id < 6; id++) await set(inner, ['q', id], { visibleAt: 1, tags: [] })
  let calls = 0
  const store = new Proxy(inner, {
    get(target, name) {
      if (name !== 'list') return Reflect.get(target, name).bind(target)
      return async (...parameters: Parameters<Store['list']>) => {
        const page = await target.list(...parameters)
        if (calls++ === 0) {
          await set(target, ['q', 0], { visibleAt: 9, tags: [] })
          await transact(target, (transaction) => messages.delete(transaction, ['q', 1]))
        }
        return page
      }
    },
  })
  const found = await messages.listIndex(store, 'visible', { prefix: [], before: [5] }, { limit: 3 })
  assert.deepEqual(
    found.map(({ key }) => key[1]),
    [2, 3, 4],
  )
})

test('older formats are upgraded, newer ones and unknown ones refused', () => {
  const old = jsonCodec<Message>(1)
  const { visibleAt, tags } = jsonCodec<Message>(2, (value, format) => ({
    ...(value as Message),
    tags: [`from ${format}`],
  })).decode(old.encode({ visibleAt: 3, tags: [] }))
  assert.deepEqual({ visibleAt, tags }, { visibleAt: 3, tags: ['from 1'] })
  const current = jsonCodec<Message>(2)
  assert.throws(() => current.decode(old.encode({ visibleAt: 3, tags: [] })), InvariantError)
  assert.throws(() => old.decode(current.encode({ visibleAt: 3, tags: [] })), InvariantError)
  assert.throws(() => old.decode(new Uint8Array()), InvariantError)
})
