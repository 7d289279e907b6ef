import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { OperatorError } from '#base/errors.ts'
import { bytes, committed, storeContract } from '../store.contract.ts'
import {
  type Commit,
  DiskFullError,
  type Key,
  StoreClosedError,
  StoreFullError,
  VALUE_BYTES_MAX,
  type Store,
} from '../store.ts'
import { QUEUE_BYTES_MAX } from './limits.ts'
import { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

const onFatal = (error: Error): void => {
  throw error
}
const shared = await mkdtemp(join(tmpdir(), 'mayfly-sqlite-'))
const openShared = (): Promise<Store> => openSqliteStore({ path: join(shared, 'store.sqlite'), onFatal })

storeContract('sqlite', { open: openShared, reopen: openShared, dispose: () => rm(shared, { recursive: true }) })

async function freshPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-sqlite-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'store.sqlite')
}

async function openFresh(t: TestContext, options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ path: await freshPath(t), onFatal, ...options })
  t.after(() => store.close())
  return store
}

test('a second store on the same file is refused, until the first is closed', async (t) => {
  const path = await freshPath(t)
  const first = await openSqliteStore({ path, onFatal })
  await assert.rejects(openSqliteStore({ path, onFatal }), OperatorError)
  const script = `import { openSqliteStore } from ${JSON.stringify(import.meta.resolve('./sqlite-store.ts'))}
    await openSqliteStore({ path: ${JSON.stringify(path)}, onFatal() {} }).catch((error) => console.log(error.name, error.hint))`
  const other = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  assert.match(other.stdout, /^OperatorError .*--data/, other.stderr)
  await first.close()
  await (await openSqliteStore({ path, onFatal })).close()
})

test('the file of a newer Mayfly, and a file that is not ours, are refused and left alone', async (t) => {
  const path = await freshPath(t)
  await (await openSqliteStore({ path, onFatal })).close()
  const change = (statement: string): void => {
    const database = new DatabaseSync(path)
    database.exec(statement)
    database.close()
  }
  change('PRAGMA user_version = 99')
  await assert.rejects(openSqliteStore({ path, onFatal }), /OperatorError.*format 99/)
  change('PRAGMA user_version = 1; PRAGMA application_id = 5')
  await assert.rejects(openSqliteStore({ path, onFatal }), /OperatorError.*not a Mayfly store/)
  change('PRAGMA application_id = 1298558073')
  await (await openSqliteStore({ path, onFatal })).close()
})

test('a full disk refuses commits, keeps what is there, and goes on when there is room again', async (t) => {
  const store = await openFresh(t, { fileBytesMax: 2 * 1024 * 1024 })
  const value = new Uint8Array(50_000)
  let written = 0
  const fill = async (): Promise<void> => {
    for (;;) {
      await committed(store, {
        sets: [{ key: ['fill', written], value }],
        appends: [{ log: ['log'], value: bytes('x') }],
      })
      written++
    }
  }
  await assert.rejects(fill(), StoreFullError)
  assert.ok(written > 20)
  assert.equal((await store.list({ prefix: ['fill'] })).length, written)
  await assert.rejects(store.commit({ sets: [{ key: ['more'], value }] }), StoreFullError)
  await committed(store, { deletes: Array.from({ length: 10 }, (_, id) => ['fill', id]) })
  const { sequences } = await committed(store, {
    sets: [{ key: ['more'], value }],
    appends: [{ log: ['log'], value: bytes('x') }],
  })
  assert.deepEqual(sequences, [written + 1])
})

test('on a disk that is nearly full what grows the data is refused, but not in the room that deletions left', async (t) => {
  const path = await freshPath(t)
  let isLow = false
  const space = { isLow: false, refuse: (cause?: unknown) => new DiskFullError('full', { cause }), sawFull() {} }
  Object.defineProperty(space, 'isLow', { get: () => isLow })
  const store = await openSqliteStore({ path, onFatal, disk: { space, reservePath: `${path}.reserve` } })
  t.after(() => store.close())
  const large = new Uint8Array(100_000)
  const entry = (id: number): { key: Key; value: Uint8Array } => ({ key: ['entry', id], value: large })
  for (let id = 0; id < 30; id++) await committed(store, { sets: [entry(id)] })
  isLow = true
  const refused = (commit: Commit): Promise<void> => assert.rejects(store.commit(commit), DiskFullError)
  await refused({ sets: [entry(30)] })
  await refused({ appends: [{ log: ['log'], value: bytes('x') }] })
  await refused({ sets: [{ key: ['entry', 0], value: new Uint8Array(101_000) }] })
  await refused({
    sets: [entry(30)],
    vital: true,
    deletes: [],
    appends: [{ log: ['log'], value: new Uint8Array(200_000) }],
  })
  assert.equal(store.takesGrowth(), false)
  // In one batch each is judged for itself.
  const [overwritten, grown, record, deletion] = await Promise.allSettled([
    store.commit({ sets: [entry(1)] }),
    store.commit({ sets: [entry(31)] }),
    store.commit({ appends: [{ log: ['log'], value: bytes('kept') }], vital: true }),
    store.commit({ deletes: [['entry', 2]], appends: [{ log: ['log'], value: new Uint8Array(101_000) }] }),
  ])
  assert.deepEqual(
    [overwritten, grown, record, deletion].map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  assert.equal(await store.get(['entry', 31]), undefined)
  const conflict = await store.commit({ checks: [{ key: ['entry', 0], version: null }], sets: [entry(32)] })
  assert.equal(conflict.kind, 'conflict')
  await committed(store, { deletes: Array.from({ length: 27 }, (_, index) => ['entry', index + 3]) })
  await committed(store, { sets: [entry(33)] })
  for (let id = 40; ; id++)
    if ((await Promise.allSettled([store.commit({ sets: [entry(id)] })]))[0].status === 'rejected') break
  isLow = false
  await committed(store, { sets: [entry(90)] })
})

test('more than the queue holds is refused at once; what was taken is written', async (t) => {
  const store = await openFresh(t)
  const value = new Uint8Array(VALUE_BYTES_MAX)
  const offered = QUEUE_BYTES_MAX / VALUE_BYTES_MAX + 5
  const outcomes = await Promise.allSettled(
    Array.from({ length: offered }, (_, id) => store.commit({ sets: [{ key: [id], value }] })),
  )
  const taken = outcomes.filter(({ status }) => status === 'fulfilled').length
  assert.ok(taken < offered && taken > offered - 10, `${taken} of ${offered}`)
  for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof StoreFullError)
  for (const [id, { status }] of outcomes.entries())
    assert.equal((await store.get([id])) !== undefined, status === 'fulfilled')
})

test('thousands of commits at once, some in conflict, each get their own answer', async (t) => {
  const store = await openFresh(t)
  const outcomes = await Promise.all(
    Array.from({ length: 3500 }, (_, id) =>
      store.commit({
        checks: id % 3 === 0 ? [{ key: ['absent', id], version: 7 }] : [],
        sets: [{ key: ['set', id], value: bytes(String(id)) }],
        appends: id % 2 === 0 ? [{ log: ['log'], value: bytes(String(id)) }] : [],
      }),
    ),
  )
  for (const [id, outcome] of outcomes.entries()) {
    const entry = await store.get(['set', id])
    if (id % 3 === 0) {
      assert.deepEqual(outcome, { kind: 'conflict', key: ['absent', id] })
      assert.equal(entry, undefined)
      continue
    }
    assert.ok(outcome.kind === 'committed')
    assert.equal(entry?.version, outcome.version)
    assert.equal(outcome.sequences.length, id % 2 === 0 ? 1 : 0)
    for (const sequence of outcome.sequences)
      assert.deepEqual((await store.get(['log', sequence]))?.value, bytes(String(id)))
  }
})

test('clear keeps its place between the commits before and after it', async (t) => {
  const store = await openFresh(t)
  const append = { appends: [{ log: ['log'], value: bytes('x') }] }
  const [before, , after] = await Promise.all([store.commit(append), store.clear(), store.commit(append)])
  assert.ok(before.kind === 'committed' && after.kind === 'committed')
  assert.deepEqual([before.sequences, after.sequences], [[1], [1]])
  assert.equal((await store.list({ prefix: [] })).length, 1)
})

test('only the watchers concerned are woken, once for a batch', async (t) => {
  const store = await openFresh(t)
  const wakes = { a: 0, a1: 0, b: 0, all: 0 }
  store.watch(['a'], () => wakes.a++)
  store.watch(['a', 1], () => wakes.a1++)
  store.watch(['b'], () => wakes.b++)
  store.watch([], () => wakes.all++)
  const write = (...keys: string[]): Promise<unknown> =>
    Promise.all(keys.map((key) => store.commit({ sets: [{ key: [key, 2], value: bytes('x') }] })))
  await write('a', 'a', 'a')
  await store.commit({ checks: [{ key: ['b', 2], version: 9 }], deletes: [['b', 2]] })
  assert.deepEqual(wakes, { a: 1, a1: 0, b: 0, all: 1 })
})

test('a damaged file stops the store: nothing is acknowledged any more, and onFatal hears of it', async (t) => {
  const fatal = Promise.withResolvers<Error>()
  const path = await freshPath(t)
  const first = await openSqliteStore({ path, onFatal })
  for (let start = 0; start < 2000; start += 500)
    await committed(first, {
      sets: Array.from({ length: 500 }, (_, index) => ({ key: ['kept', start + index], value: new Uint8Array(1000) })),
    })
  await first.close()
  // In a process of its own: closing a descriptor of the file here would drop the locks of SQLite.
  const scribble = `const fs = require('node:fs'), file = fs.openSync(${JSON.stringify(path)}, 'r+')
    const { size } = fs.fstatSync(file)
    for (let at = 4096 * 8; at < size; at += 4096) fs.writeSync(file, Buffer.alloc(64, 0xaa), 0, 64, at)`
  assert.equal(spawnSync(process.execPath, ['--eval', scribble]).status, 0)
  const store = await openSqliteStore({ path, onFatal: fatal.resolve })
  t.after(() => store.close())
  const commits = Array.from({ length: 50 }, (_, id) =>
    store.commit({ sets: [{ key: ['kept', id * 40], value: bytes('x') }] }),
  )
  for (const outcome of await Promise.allSettled(commits)) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreClosedError)
  }
  assert.match((await fatal.promise).message, /malformed|corrupt/)
  await assert.rejects(store.commit({ sets: [{ key: ['new'], value: bytes('x') }] }), StoreClosedError)
  await assert.rejects(store.clear(), StoreClosedError)
})

test('an idle store does not keep the process alive; a commit under way does, until it is on disk', async (t) => {
  const path = await freshPath(t)
  const script = `import { openSqliteStore } from ${JSON.stringify(import.meta.resolve('./sqlite-store.ts'))}
    const store = await openSqliteStore({ path: ${JSON.stringify(path)}, onFatal() {} })
    for (let id = 0; id < 2000; id++) void store.commit({ sets: [{ key: [id], value: new Uint8Array(2000) }] })`
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  assert.equal(child.status, 0, child.stderr)
  const store = await openSqliteStore({ path, onFatal })
  assert.equal((await store.list({ prefix: [], after: [999] })).length, 1000)
  await store.close()
})
