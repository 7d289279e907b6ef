// The contract of the Store port, as tests. Every driver calls `storeContract`; a driver that cannot hold a promise says
// so in `skips`, with the reason.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeKey } from './key.ts'
import { historyContract } from './store.history.contract.ts'
import {
  COMMIT_BYTES_MAX,
  COMMIT_ITEMS_MAX,
  GET_MANY_MAX,
  KEY_BYTES_MAX,
  LIST_PAGE_MAX,
  StoreClosedError,
  StoreLimitError,
  VALUE_BYTES_MAX,
  type Commit,
  type CommitOutcome,
  type Key,
  type ListOptions,
  type RangeCheck,
  type Store,
} from './store.ts'
import { transact } from './transact.ts'

/** How the contract opens a driver. All stores of one harness are over the same data. */
export interface StoreHarness {
  /** The store that most tests share, empty. */
  open(): Promise<Store>
  /** A store over the same data, opened after the one before was closed (or crashed, for drivers that can). */
  reopen(closed: Store): Promise<Store>
  dispose(): Promise<void>
}

/** The commit must succeed; returns its outcome. */
export async function committed(store: Store, commit: Commit): Promise<CommitOutcome & { kind: 'committed' }> {
  const outcome = await store.commit(commit)
  assert.equal(outcome.kind, 'committed')
  return outcome
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let nextRoot = 0
/** A part of the key space that no other test uses. */
export const freshRoot = (): string => `root-${nextRoot++}`

/** Declares the tests of the contract for one driver. */
export function storeContract(driver: string, harness: StoreHarness): void {
  describe(`store contract: ${driver}`, () => {
    let store: Store
    before(async () => {
      store = await harness.open()
    })
    after(async () => {
      await store.close()
      await harness.dispose()
    })
    const current = (): Store => store

    describe('reads and writes', () => readsAndWrites(current))
    describe('checks', () => checks(current))
    describe('checks of ranges', () => ranges(current))
    describe('logs', () => logs(current))
    describe('lists', () => lists(current))
    describe('limits', () => limits(current))
    describe('watch', () => watching(current))
    describe('histories', () => historyContract(current))

    test('S1, S4: what was acknowledged is there after a restart; versions and sequences go on', async () => {
      const root = freshRoot()
      const { version } = await committed(store, {
        sets: [{ key: [root, 'kept'], value: bytes('kept') }],
        appends: [1, 2, 3].map(() => ({ log: [root, 'log'], value: bytes('entry') })),
      })
      await committed(store, { deletes: [3, 2, 1].map((sequence) => [root, 'log', sequence]) })
      await store.close()
      store = await harness.reopen(store)
      assert.deepEqual(await store.get([root, 'kept']), { key: [root, 'kept'], value: bytes('kept'), version })
      const later = await committed(store, { appends: [{ log: [root, 'log'], value: bytes('entry') }] })
      assert.deepEqual(later.sequences, [4])
      assert.ok(later.version > version)
    })

    test('clear deletes everything, log counters included; versions go on; watchers are woken', async () => {
      const root = freshRoot()
      const append = { appends: [{ log: [root], value: bytes('entry') }] }
      const { version } = await committed(store, append)
      const woken = new Promise<void>((resolve) => store.watch([root], resolve))
      await store.clear()
      await woken
      assert.deepEqual(await store.list({ prefix: [] }), [])
      const again = await committed(store, append)
      assert.deepEqual(again.sequences, [1])
      assert.ok(again.version > version)
    })

    test('close waits for commits under way; afterwards everything is refused', async () => {
      const root = freshRoot()
      const underWay = Array.from({ length: 20 }, (_, index) =>
        store.commit({ sets: [{ key: [root, index], value: bytes('x') }] }),
      )
      await Promise.all([store.close(), store.close()])
      for (const outcome of await Promise.all(underWay)) assert.equal(outcome.kind, 'committed')
      await assert.rejects(store.get([root]), StoreClosedError)
      await assert.rejects(store.getMany([[root]]), StoreClosedError)
      await assert.rejects(store.list({ prefix: [root] }), StoreClosedError)
      await assert.rejects(store.commit({}), StoreClosedError)
      await assert.rejects(store.clear(), StoreClosedError)
      store = await harness.reopen(store)
      assert.equal((await store.list({ prefix: [root] })).length, 20)
    })
  })
}

function readsAndWrites(store: () => Store): void {
  test('an entry comes back with the version of its commit', async () => {
    const key: Key = [freshRoot(), 'a', 1, 2n ** 70n, -0.5, Uint8Array.of(0, 1, 255), true]
    assert.equal(await store().get(key), undefined)
    const { version } = await committed(store(), { sets: [{ key, value: bytes('one') }] })
    assert.deepEqual(await store().get(key), { key, value: bytes('one'), version })
  })

  test('versions rise with every write, also after the key was deleted', async () => {
    const key: Key = [freshRoot()]
    let last = 0
    for (let round = 0; round < 5; round++) {
      const { version } = await committed(store(), { sets: [{ key, value: bytes(String(round)) }] })
      assert.ok(version > last)
      last = version
      await committed(store(), { deletes: [key] })
      assert.equal(await store().get(key), undefined)
    }
  })

  test('getMany answers in the order asked, with a gap for what is missing', async () => {
    const root = freshRoot()
    await committed(store(), { sets: [1, 2].map((id) => ({ key: [root, id], value: bytes(`v${id}`) })) })
    const found = await store().getMany([
      [root, 2],
      [root, 9],
      [root, 1],
      [root, 2],
    ])
    assert.deepEqual(
      found.map((entry) => entry && Buffer.from(entry.value).toString()),
      ['v2', undefined, 'v1', 'v2'],
    )
    assert.deepEqual(found[2]?.key, [root, 1])
    assert.deepEqual(await store().getMany([]), [])
  })

  test('deletes come before sets, the last set of a key counts, deleting nothing is fine', async () => {
    const key: Key = [freshRoot()]
    await committed(store(), {
      deletes: [key, [...key, 'nothing']],
      sets: [
        { key, value: bytes('first') },
        { key, value: bytes('last') },
      ],
    })
    assert.deepEqual((await store().get(key))?.value, bytes('last'))
  })

  test('an empty value and a commit of nothing are fine', async () => {
    const key: Key = [freshRoot()]
    await committed(store(), { sets: [{ key, value: new Uint8Array() }] })
    assert.deepEqual((await store().get(key))?.value, new Uint8Array())
    await committed(store(), {})
  })

  test('the caller may use its buffers again at once, and cannot change what is stored', async () => {
    const root = freshRoot()
    const value = bytes('before')
    const pending = store().commit({
      sets: [{ key: [root, 'set'], value }],
      appends: [{ log: [root, 'log'], value }],
    })
    value.fill(0)
    await pending
    const entry = await store().get([root, 'set'])
    assert.deepEqual(entry?.value, bytes('before'))
    entry?.value.fill(0)
    assert.deepEqual((await store().get([root, 'set']))?.value, bytes('before'))
    assert.deepEqual((await store().get([root, 'log', 1]))?.value, bytes('before'))
  })

  test('S3: a read begun after the acknowledgement sees the commit', async () => {
    const root = freshRoot()
    const client = async (id: number): Promise<void> => {
      for (let round = 0; round < 25; round++) {
        const { version } = await committed(store(), { sets: [{ key: [root, id], value: bytes(String(round)) }] })
        const read = round % 2 ? await store().get([root, id]) : (await store().getMany([[root, id]]))[0]
        assert.equal(read?.version, version)
        const [listed] = await store().list({ prefix: [root], from: [root, id] }, { limit: 1 })
        assert.equal(listed?.version, version)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, id) => client(id)))
  })
}

function checks(store: () => Store): void {
  test('S2: a check that does not hold names its key, and nothing of the commit happens', async () => {
    const root = freshRoot()
    const { version } = await committed(store(), { sets: [{ key: [root, 'a'], value: bytes('old') }] })
    const wrong: Commit['checks'] = [
      { key: [root, 'a'], version: version + 1 },
      { key: [root, 'a'], version: null },
      { key: [root, 'absent'], version },
    ]
    for (const check of wrong) {
      const outcome = await store().commit({
        checks: [{ key: [root, 'a'], version }, check],
        sets: [{ key: [root, 'b'], value: bytes('new') }],
        deletes: [[root, 'a']],
        appends: [{ log: [root, 'log'], value: bytes('entry') }],
      })
      assert.deepEqual(outcome, { kind: 'conflict', key: check.key })
    }
    assert.equal((await store().list({ prefix: [root] })).length, 1)
    const { sequences } = await committed(store(), { appends: [{ log: [root, 'log'], value: bytes('entry') }] })
    assert.deepEqual(sequences, [1])
  })

  test('checks that hold let the commit happen; absence can be checked', async () => {
    const root = freshRoot()
    const first = await committed(store(), {
      checks: [{ key: [root], version: null }],
      sets: [{ key: [root], value: bytes('1') }],
    })
    await committed(store(), { checks: [{ key: [root], version: first.version }], deletes: [[root]] })
    await committed(store(), { checks: [{ key: [root], version: null }] })
    assert.equal(await store().get([root]), undefined)
  })

  test('of many that want to be first exactly one is', async () => {
    const root = freshRoot()
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, id) =>
        store().commit({
          checks: [{ key: [root], version: null }],
          sets: [{ key: [root], value: bytes(String(id)) }],
          appends: [{ log: [root, 'log'], value: bytes(String(id)) }],
        }),
      ),
    )
    assert.equal(outcomes.filter(({ kind }) => kind === 'committed').length, 1)
    assert.equal((await store().list({ prefix: [root, 'log'] })).length, 1)
  })

  test('a check alone guards against write skew', async () => {
    const root = freshRoot()
    const half = (own: string, other: string): Promise<CommitOutcome> =>
      store().commit({
        checks: [{ key: [root, other], version: null }],
        sets: [{ key: [root, own], value: bytes('x') }],
      })
    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.all([half(`a${round}`, `b${round}`), half(`b${round}`, `a${round}`)])
      assert.equal(outcomes.filter(({ kind }) => kind === 'committed').length, 1)
    }
  })
}

function ranges(store: () => Store): void {
  /** Five entries, and the check of what `list` answers of them. */
  const five = async (options?: ListOptions) => {
    const root = freshRoot()
    await committed(store(), { sets: [1, 3, 5, 7, 9].map((id) => ({ key: [root, id], value: bytes('old') })) })
    const range = { prefix: [root] }
    const entries = await store().list(range, options)
    const check: RangeCheck = { range, entries, ...(options && { options }) }
    return { root, check, set: (id: number) => ({ key: [root, id], value: bytes('new') }) }
  }

  test('a range in which nothing has changed holds; any change in it is noticed, and nothing happens then', async () => {
    const changes: readonly ((root: string) => Commit)[] = [
      (root) => ({ sets: [{ key: [root, 4], value: bytes('x') }] }),
      (root) => ({ sets: [{ key: [root, 5], value: bytes('x') }] }),
      (root) => ({ deletes: [[root, 9]] }),
      (root) => ({ deletes: [[root, 9]], sets: [{ key: [root, 8], value: bytes('x') }] }),
      (root) => ({ appends: [{ log: [root], value: bytes('x') }] }),
    ]
    for (const change of changes) {
      const { root, check, set } = await five()
      await committed(store(), { ranges: [check], sets: [{ key: [root + '-', 1], value: bytes('beside') }] })
      await committed(store(), change(root))
      const before = await store().list({ prefix: [root] })
      const outcome = await store().commit({
        checks: [{ key: [root, 6], version: null }],
        ranges: [{ range: { prefix: [root, 'none'] }, entries: [] }, check],
        sets: [set(2)],
        deletes: [[root, 1]],
        appends: [{ log: [root], value: bytes('entry') }],
      })
      assert.deepEqual(outcome, { kind: 'conflict', key: [root] })
      assert.deepEqual(await store().list({ prefix: [root] }), before)
    }
  })

  test('an entry that was written again is another one, a key that is at another version too', async () => {
    const { root, check, set } = await five()
    await committed(store(), { sets: [set(2)] })
    await committed(store(), { deletes: [[root, 2]] })
    await committed(store(), { ranges: [check], sets: [set(3)] })
    assert.equal((await store().commit({ ranges: [check], sets: [set(2)] })).kind, 'conflict')
    const entries = await store().list(check.range)
    const wrong = entries.map(({ key, version }) => ({ key, version: version + 1 }))
    assert.equal((await store().commit({ ranges: [{ ...check, entries: wrong }] })).kind, 'conflict')
    await committed(store(), { ranges: [{ ...check, entries }] })
  })

  test('a full page holds as far as it goes, in either direction', async () => {
    const cases = [
      { options: { limit: 2 }, inside: 2, outside: 4 },
      { options: { limit: 2, reverse: true }, inside: 8, outside: 6 },
      { options: { limit: 6 }, inside: 10, outside: undefined },
      { options: { limit: 5, reverse: true }, inside: 10, outside: 0 },
    ]
    for (const { options, inside, outside } of cases) {
      const { check, set } = await five(options)
      if (outside !== undefined) await committed(store(), { sets: [set(outside)] })
      await committed(store(), { ranges: [check] })
      await committed(store(), { sets: [set(inside)] })
      assert.equal((await store().commit({ ranges: [check] })).kind, 'conflict', JSON.stringify(options))
    }
  })

  test('of many that look how many there are, and then add one, no more come in than there is room for', async () => {
    const root = freshRoot()
    const enter = (id: number): Promise<boolean> =>
      transact(
        store(),
        async (transaction) => {
          const present = await transaction.list({ prefix: [root] })
          if (present.length >= 5) return false
          transaction.set([root, id], bytes('here'))
          return true
        },
        { attemptsMax: 1000 },
      )
    const entered = await Promise.all(Array.from({ length: 20 }, (_, id) => enter(id)))
    assert.equal(entered.filter(Boolean).length, 5)
    assert.equal((await store().list({ prefix: [root] })).length, 5)
  })

  test('of one that deletes a parent without children and one that adds a child, one must do it again', async () => {
    for (let round = 0; round < 20; round++) {
      const root = freshRoot()
      const parent = await committed(store(), { sets: [{ key: [root], value: bytes('parent') }] })
      const checks = [{ key: [root], version: parent.version }]
      const outcomes = await Promise.all([
        store().commit({ checks, sets: [{ key: [root, 'child'], value: bytes('child') }] }),
        store().commit({ checks, ranges: [{ range: { prefix: [root] }, entries: [] }], deletes: [[root]] }),
      ])
      assert.equal(outcomes.filter(({ kind }) => kind === 'committed').length, 1)
    }
  })

  test('a range of everything cannot be checked', async () => {
    await assert.rejects(store().commit({ ranges: [{ range: { prefix: [] }, entries: [] }] }), StoreLimitError)
  })
}

function logs(store: () => Store): void {
  test('S4: sequences begin at 1, rise by 1, and are never used again', async () => {
    const root = freshRoot()
    const append = (log: string): { log: Key; value: Uint8Array } => ({ log: [root, log], value: bytes(log) })
    const first = await committed(store(), { appends: [append('a'), append('b'), append('a')] })
    assert.deepEqual(first.sequences, [1, 1, 2])
    await committed(store(), {
      deletes: [
        [root, 'a', 1],
        [root, 'a', 2],
      ],
    })
    const second = await committed(store(), { appends: [append('a'), append('b')] })
    assert.deepEqual(second.sequences, [3, 2])
    assert.deepEqual(
      (await store().list({ prefix: [root] })).map(({ key, version }) => [key, version]),
      [
        [[root, 'a', 3], second.version],
        [[root, 'b', 1], first.version],
        [[root, 'b', 2], second.version],
      ],
    )
  })

  test('S4: with many writers there is no gap, and sequence order is commit order', async () => {
    const root = freshRoot()
    const writer = async (id: number): Promise<[number, number][]> => {
      const given: [number, number][] = []
      for (let round = 0; round < 20; round++) {
        const { version, sequences } = await committed(store(), {
          sets: [{ key: [root, 'own', id], value: bytes(String(round)) }],
          appends: [{ log: [root, 'log'], value: bytes(`${id}/${round}`) }],
        })
        given.push([version, sequences[0] ?? 0])
      }
      return given
    }
    const given = (await Promise.all(Array.from({ length: 16 }, (_, id) => writer(id)))).flat()
    const inCommitOrder = given.sort(([a], [b]) => a - b).map(([, sequence]) => sequence)
    assert.deepEqual(
      inCommitOrder,
      Array.from({ length: 320 }, (_, index) => index + 1),
    )
  })
}

function lists(store: () => Store): void {
  test('entries come in key order, strictly below the prefix', async () => {
    const root = freshRoot()
    const below: Key[] = [
      [Uint8Array.of(255)],
      ['a'],
      ['a', 'x'],
      ['b'],
      ['é'],
      [-5],
      [1.5],
      [2n ** 64n],
      [false],
      [true, 0],
    ]
    const beside: Key[] = [[root], [`${root}\0`, 'x'], [`${root}a`, 'x']]
    const keys = [...below.map((key) => [root, ...key]), ...beside]
    await committed(store(), { sets: keys.toReversed().map((key) => ({ key, value: bytes('x') })) })
    const found = await store().list({ prefix: [root] })
    assert.deepEqual(
      found.map(({ key }) => key.slice(1)),
      below,
    )
    assert.deepEqual(
      (await store().list({ prefix: [root, 'a'] })).map(({ key }) => key.slice(1)),
      [['a', 'x']],
    )
  })

  test('from, after and before cut the range, in both directions', async () => {
    const root = freshRoot()
    await committed(store(), { sets: [1, 2, 3, 4, 5].map((id) => ({ key: [root, id], value: bytes('x') })) })
    const ids = async (cut: object, options = {}): Promise<unknown[]> =>
      (await store().list({ prefix: [root], ...cut }, options)).map(({ key }) => key[1])
    assert.deepEqual(await ids({ from: [root, 2], before: [root, 4] }), [2, 3])
    assert.deepEqual(await ids({ after: [root, 2] }), [3, 4, 5])
    assert.deepEqual(await ids({ after: [root, 2], from: [root, 1] }), [3, 4, 5])
    assert.deepEqual(await ids({ before: [root, 4] }, { reverse: true }), [3, 2, 1])
    assert.deepEqual(await ids({ after: [root, 2] }, { reverse: true, limit: 2 }), [5, 4])
    assert.deepEqual(await ids({ from: [root, 2.5], before: [root, 4.5] }), [3, 4])
    assert.deepEqual(await ids({ from: [root, 4], before: [root, 2] }), [])
    // Bounds outside the prefix do not widen it.
    assert.deepEqual(await ids({ from: [], before: [`${root}~`] }), [1, 2, 3, 4, 5])
  })

  test('pages walk through more entries than one page has, in both directions', async () => {
    const root = freshRoot()
    const count = LIST_PAGE_MAX * 2 + 500
    for (let start = 0; start < count; start += 500)
      await committed(store(), {
        sets: Array.from({ length: 500 }, (_, index) => ({ key: [root, start + index], value: bytes('x') })),
      })
    const walk = async (reverse: boolean, limit?: number): Promise<unknown[]> => {
      const seen: unknown[] = []
      for (let last: Key | undefined; ;) {
        const cut = last && (reverse ? { before: last } : { after: last })
        const page = await store().list({ prefix: [root], ...cut }, { reverse, ...(limit && { limit }) })
        if (page.length === 0) return seen
        assert.ok(page.length <= (limit ?? LIST_PAGE_MAX))
        seen.push(...page.map(({ key }) => key[1]))
        last = page.at(-1)?.key
      }
    }
    const all = Array.from({ length: count }, (_, index) => index)
    assert.deepEqual(await walk(false), all)
    assert.deepEqual(await walk(true), all.toReversed())
    assert.deepEqual(await walk(false, 7), all)
  })
}

function limits(store: () => Store): void {
  test('what is over a limit is refused, and the store goes on', async () => {
    const root = freshRoot()
    const value = bytes('x')
    const long = 'k'.repeat(KEY_BYTES_MAX)
    const large = new Uint8Array(VALUE_BYTES_MAX + 1)
    const refused: Commit[] = [
      { sets: [{ key: [root], value: large }] },
      { appends: [{ log: [root], value: large }] },
      { sets: [{ key: [root, long], value }] },
      { checks: [{ key: [root, long], version: null }], sets: [{ key: [root], value }] },
      { sets: [{ key: [root], value }], deletes: [[long]] },
      { sets: [{ key: [root], value }], appends: [{ log: [long], value }] },
      { sets: [{ key: [], value }] },
      { sets: [{ key: [Number.NaN], value }] },
      { sets: Array.from({ length: COMMIT_ITEMS_MAX + 1 }, () => ({ key: [root], value })) },
      {
        sets: Array.from({ length: COMMIT_BYTES_MAX / VALUE_BYTES_MAX + 1 }, (_, id) => ({
          key: [root, id],
          value: large.subarray(1),
        })),
      },
    ]
    for (const commit of refused) await assert.rejects(store().commit(commit), StoreLimitError)
    assert.deepEqual(await store().list({ prefix: [root] }), [])
    assert.equal(await store().get([root]), undefined)
    await assert.rejects(store().get([long]), StoreLimitError)
    for (const limit of [0, -1, 1.5, LIST_PAGE_MAX + 1, Number.NaN])
      await assert.rejects(store().list({ prefix: [root] }, { limit }), StoreLimitError)
    await assert.rejects(store().getMany(Array.from({ length: GET_MANY_MAX + 1 }, () => [root])), StoreLimitError)
  })

  test('what is exactly at a limit is taken', async () => {
    const root = freshRoot()
    const longest: Key = [root, 'k'.repeat(KEY_BYTES_MAX - encodeKey([root]).length - 2)]
    const largest = new Uint8Array(VALUE_BYTES_MAX).fill(7)
    const sets = Array.from({ length: COMMIT_BYTES_MAX / VALUE_BYTES_MAX }, (_, id) => ({
      key: [root, id],
      value: largest,
    }))
    await committed(store(), { sets })
    assert.ok(Buffer.from((await store().get([root, 3]))?.value ?? []).equals(largest))
    const items = Array.from({ length: COMMIT_ITEMS_MAX - 1 }, (_, id) => [root, 'item', id])
    await committed(store(), {
      sets: [{ key: longest, value: bytes('x') }],
      checks: items.map((key) => ({ key, version: null })),
    })
    assert.ok(await store().get(longest))
    assert.equal((await store().getMany(items.slice(0, GET_MANY_MAX))).length, GET_MANY_MAX)
    await committed(store(), { deletes: sets.map(({ key }) => key) })
  })
}

function watching(store: () => Store): void {
  test('S5: set, delete and append below the prefix wake; so does the key itself', async () => {
    const root = freshRoot()
    const commits: Commit[] = [
      { sets: [{ key: [root, 'a', 1], value: bytes('x') }] },
      { deletes: [[root, 'a', 1]] },
      { appends: [{ log: [root, 'a'], value: bytes('x') }] },
      { sets: [{ key: [root, 'a'], value: bytes('x') }] },
    ]
    for (const commit of commits) {
      const woken = Promise.withResolvers<void>()
      const end = store().watch([root, 'a'], woken.resolve)
      await committed(store(), commit)
      await woken.promise
      end()
      end()
    }
  })

  test('S5: a watcher of one log entry hears of it', async () => {
    const root = freshRoot()
    const woken = new Promise<void>((resolve) => store().watch([root, 'log', 2], resolve))
    await committed(store(), { appends: [1, 2].map(() => ({ log: [root, 'log'], value: bytes('x') })) })
    await woken
  })

  test('S5: a loop of watch, read and wait misses nothing', async () => {
    const root = freshRoot()
    const total = 200
    let signal = Promise.withResolvers<void>()
    const end = store().watch([root], () => signal.resolve())
    const consumer = (async () => {
      for (let seen = 0; seen < total;) {
        const wake = signal.promise
        const after = { prefix: [root], ...(seen > 0 && { after: [root, seen] }) }
        seen += (await store().list(after)).length
        if (seen >= total) return
        await wake
        signal = Promise.withResolvers()
      }
    })()
    for (let sent = 0; sent < total; sent += 10)
      await Promise.all(
        Array.from({ length: 10 }, () => committed(store(), { appends: [{ log: [root], value: bytes('x') }] })),
      )
    await consumer
    end()
  })

  test('after its end a subscription is not woken by what is committed later', async () => {
    const root = freshRoot()
    let wakes = 0
    const end = store().watch([root], () => wakes++)
    end()
    await committed(store(), { sets: [{ key: [root], value: bytes('x') }] })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(wakes, 0)
  })
}
