import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreFullError, type Commit, type CommitOutcome, type Key } from '#storage/store.ts'
import { Journal } from './journal.ts'

class SlowStore {
  readonly commits: { readonly commit: Commit; readonly answer: PromiseWithResolvers<CommitOutcome> }[] = []

  commit(commit: Commit): Promise<CommitOutcome> {
    const answer = Promise.withResolvers<CommitOutcome>()
    this.commits.push({ commit, answer })
    return answer.promise
  }

  takesGrowth(): boolean {
    return true
  }

  async acknowledge(index: number): Promise<void> {
    this.commits[index]?.answer.resolve({ kind: 'committed', version: 1, sequences: [] })
    await turn()
  }

  keys(index: number): readonly string[] {
    const { sets = [], deletes = [] } = this.commits[index]?.commit ?? {}
    return [...sets.map(({ key }) => key.join('/')), ...deletes.map((key) => `-${key.join('/')}`)]
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const value = Buffer.from('v')
const FENCE = { key: ['lease'], version: 7 }

test('what is said in one turn is one commit; what is said meanwhile is the next', async () => {
  const store = new SlowStore()
  const journal = new Journal(store, FENCE, () => assert.fail('nothing failed'))
  const done: string[] = []
  journal.set(['a'], value)
  journal.set(['b'], value)
  void journal.settled().then(() => done.push('first'))
  await turn()
  journal.set(['c'], value)
  journal.delete(['c'])
  void journal.settled().then(() => done.push('second'))
  await turn()
  assert.equal(store.commits.length, 1)
  assert.deepEqual(store.keys(0), ['a', 'b'])
  assert.deepEqual(store.commits[0]?.commit.checks, [FENCE])
  assert.deepEqual(done, [])
  await store.acknowledge(0)
  assert.deepEqual(done, ['first'])
  assert.deepEqual(store.keys(1), ['-c'])
  await store.acknowledge(1)
  assert.deepEqual(done, ['first', 'second'])
  await journal.settled()
})

test('a page is encoded when its commit leaves', async () => {
  const store = new SlowStore()
  const journal = new Journal(store, FENCE, () => assert.fail('nothing failed'))
  let state = 'old'
  const page = { bytesAbout: 3, key: (): Key => ['page'], encode: () => Buffer.from(state) }
  journal.touch(page)
  journal.touch(page)
  state = 'new'
  await turn()
  assert.deepEqual(store.commits[0]?.commit.sets, [{ key: ['page'], value: Buffer.from('new') }])
})

test('a full journal makes others wait for room', async () => {
  const store = new SlowStore()
  const journal = new Journal(store, FENCE, () => assert.fail('nothing failed'))
  journal.set(['first'], value)
  await turn()
  journal.set(['large'], Buffer.alloc(5 * 1024 * 1024))
  assert.equal(journal.hasRoom, false)
  let isIn = false
  void journal.room().then(() => (isIn = true))
  await turn()
  assert.equal(isIn, false)
  await store.acknowledge(0)
  assert.equal(isIn, true)
  assert.equal(journal.hasRoom, true)
})

test('when a commit fails everybody is told, and nothing is taken any more', async () => {
  const store = new SlowStore()
  let failures = 0
  const journal = new Journal(store, FENCE, () => failures++)
  journal.set(['a'], value)
  const first = assert.rejects(journal.settled(), StoreFullError)
  await turn()
  journal.set(['b'], value)
  const second = assert.rejects(journal.settled(), StoreFullError)
  store.commits[0]?.answer.reject(new StoreFullError('full'))
  await Promise.all([first, second])
  assert.equal(failures, 1)
  assert.equal(journal.hasRoom, false)
  await assert.rejects(journal.room(), StoreFullError)
  await assert.rejects(journal.settled(), StoreFullError)
  await turn()
  assert.equal(store.commits.length, 1)
})
