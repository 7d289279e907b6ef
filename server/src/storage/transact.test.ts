import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from './memory/memory-store.ts'
import type { Store } from './store.ts'
import { ConflictError, transact, TRANSACT_ATTEMPTS_MAX } from './transact.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString()

/** A store in which somebody else writes at `key` whenever a transaction wants to commit. */
function contended(store: Store, key: string, times: number): Store {
  let left = times
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') return Reflect.get(target, name).bind(target)
      return async (commit: Parameters<Store['commit']>[0]) => {
        if (left-- > 0) await target.commit({ sets: [{ key: key.split('/'), value: bytes('other') }] })
        return target.commit(commit)
      }
    },
  })
}

test('a committed transaction tells the version of what it set, once and after races that it lost', async () => {
  const store = createMemoryStore()
  const told: number[] = []
  await transact(
    contended(store, 'a', 2),
    async (transaction) => {
      await transaction.get(['a'])
      transaction.set(['a'], bytes('ours'))
    },
    { committed: (version) => told.push(version) },
  )
  assert.deepEqual(told, [(await store.get(['a']))?.version])
})

test('a transaction reads its own writes and deletes', async () => {
  const store = createMemoryStore()
  await store.commit({ sets: [{ key: ['a'], value: bytes('old') }] })
  await transact(store, async (transaction) => {
    transaction.set(['a'], bytes('new'))
    transaction.set(['b'], bytes('b'))
    transaction.delete(['c'])
    assert.equal(text((await transaction.get(['a']))?.value), 'new')
    const [b, c, d] = await transaction.getMany([['b'], ['c'], ['d']])
    assert.equal(text(b?.value), 'b')
    assert.equal(c, undefined)
    assert.equal(d, undefined)
    transaction.delete(['b'])
    assert.equal(await transaction.get(['b']), undefined)
  })
  assert.equal(text((await store.get(['a']))?.value), 'new')
  assert.equal(await store.get(['b']), undefined)
})

test('however many change one thing at once, each comes to it', async () => {
  const store = createMemoryStore({ faults: { seed: 1, delayMsMax: 2 } })
  const add = (): Promise<void> =>
    transact(store, async (transaction) => {
      const before = Number(text((await transaction.get(['count']))?.value))
      transaction.set(['count'], bytes(String(before + 1)))
    })
  await Promise.all(Array.from({ length: 600 }, add))
  assert.equal(text((await store.get(['count']))?.value), '600')
})

test('what was read must not change: present, absent, through getMany and list', async () => {
  const reads: ((store: Parameters<Parameters<typeof transact>[1]>[0]) => Promise<unknown>)[] = [
    (transaction) => transaction.get(['watched', 'one']),
    (transaction) => transaction.getMany([['x'], ['watched', 'one']]),
    (transaction) => transaction.list({ prefix: ['watched'] }),
  ]
  for (const read of reads) {
    const inner = createMemoryStore()
    let attempts = 0
    await transact(contended(inner, 'watched/one', 2), async (transaction) => {
      attempts++
      await read(transaction)
      transaction.set(['done'], bytes(String(attempts)))
    })
    assert.equal(attempts, 3)
    assert.equal(text((await inner.get(['done']))?.value), '3')
  }
})

test('blind writes do not conflict; a check of ones own does', async () => {
  const inner = createMemoryStore()
  let attempts = 0
  await transact(contended(inner, 'a', 1), async (transaction) => {
    attempts++
    transaction.set(['a'], bytes('mine'))
  })
  assert.equal(attempts, 1)
  await transact(contended(inner, 'b', 1), async (transaction) => {
    attempts++
    transaction.check(['b'], attempts === 2 ? null : ((await inner.get(['b']))?.version ?? null))
    transaction.append(['log'], bytes('x'))
  })
  assert.equal(attempts, 3)
})

test('a transaction that always loses ends with ConflictError', async () => {
  const store = contended(createMemoryStore(), 'a', Infinity)
  let attempts = 0
  const body = async (transaction: Parameters<Parameters<typeof transact>[1]>[0]): Promise<void> => {
    attempts++
    await transaction.get(['a'])
    transaction.set(['b'], bytes('x'))
  }
  await assert.rejects(transact(store, body, { random: () => 0 }), ConflictError)
  assert.equal(attempts, TRANSACT_ATTEMPTS_MAX)
})

test('what the body throws ends it with nothing written; a body without writes commits nothing', async () => {
  const store = createMemoryStore()
  await assert.rejects(
    transact(store, async (transaction) => {
      transaction.set(['a'], bytes('x'))
      throw new RangeError('no')
    }),
    RangeError,
  )
  assert.equal(await store.get(['a']), undefined)
  const value = await transact(contended(store, 'a', Infinity), async (transaction) =>
    text((await transaction.get(['a']))?.value),
  )
  assert.equal(value, '')
})
