import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { CodeStore } from './code-store.ts'
import type { CodePackage } from './engine.ts'
import { ImageStore } from './image-store.ts'
import { LINKED_AT_ONCE_MAX, REFILL_AFTER_MS } from './limits.ts'

let folder: string
let clock: ManualClock
let unpacked: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-code-'))
  clock = new ManualClock()
  unpacked = 0
})
afterEach(() => rmSync(folder, { recursive: true }))

const newStore = (): CodeStore =>
  new CodeStore(clock, silentLog, join(folder, 'code'), new ImageStore(silentLog, join(folder, 'images')))

/** Large enough for spares. */
function code(letter = 'a', fail = false): CodePackage {
  return {
    id: letter.repeat(64),
    size: 10,
    async unpack(target) {
      unpacked++
      mkdirSync(join(target, 'deep/er'), { recursive: true })
      writeFileSync(join(target, 'deep/er/file.js'), 'text', { mode: 0o600 })
      writeFileSync(join(target, 'run'), 'text', { mode: 0o700 })
      symlinkSync('deep/er/file.js', join(target, 'link'))
      for (let n = 0; n < LINKED_AT_ONCE_MAX; n++) writeFileSync(join(target, `more-${n}`), '')
      if (fail) throw new Error('broken package')
    },
  }
}

function small(): CodePackage {
  return {
    id: 'c'.repeat(64),
    size: 10,
    async unpack(target) {
      mkdirSync(join(target, 'deep/er'), { recursive: true })
      writeFileSync(join(target, 'deep/er/file.js'), 'text', { mode: 0o600 })
      writeFileSync(join(target, 'run'), 'text', { mode: 0o700 })
      symlinkSync('deep/er/file.js', join(target, 'link'))
    },
  }
}

test('a copy has every file, read-only for all, links as links', async () => {
  const store = newStore()
  for (const [name, one] of Object.entries({ large: code(), small: small() })) {
    await store.place(one, join(folder, name))
    assert.equal(readFileSync(join(folder, name, 'deep/er/file.js'), 'utf8'), 'text')
    assert.equal(readlinkSync(join(folder, name, 'link')), 'deep/er/file.js')
    assert.equal(statSync(join(folder, name, 'deep/er/file.js')).mode & 0o777, 0o444)
    assert.equal(statSync(join(folder, name, 'run')).mode & 0o777, 0o555)
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o755)
  }
})

test('the folder that a cell has already takes a copy, and keeps its place where that is small', async () => {
  const store = newStore()
  for (const [name, one] of Object.entries({ large: code(), small: small() })) {
    const target = join(folder, name)
    mkdirSync(target)
    const before = statSync(target).ino
    await store.place(one, target)
    assert.equal(readFileSync(join(target, 'deep/er/file.js'), 'utf8'), 'text')
    assert.equal(statSync(target).ino === before, name === 'small')
  }
})

test('a small package is placed at once, however often, and nothing of it is kept', async () => {
  const store = newStore()
  assert.equal(store.placeNow(small(), join(folder, 'copy')), false)
  await store.ensure({ code: small() })
  for (let n = 0; n < 5; n++) assert.equal(store.placeNow(small(), join(folder, `copy-${n}`)), true)
  store.giveBack(small(), join(folder, 'copy-0'))
  assert.deepEqual(readdirSync(join(folder, 'code/live', small().id)), ['tree'])
})

test('a package is unpacked once, however many want it at once', async () => {
  const store = newStore()
  await Promise.all([1, 2, 3, 4].map((n) => store.place(code(), join(folder, `copy-${n}`))))
  assert.equal(unpacked, 1)
  assert.equal(readdirSync(folder).filter((name) => name.startsWith('copy-')).length, 4)
})

test('a spare is at hand at once, then again after the pause, or when a copy comes back', async () => {
  const store = newStore()
  assert.equal(store.placeNow(code(), join(folder, 'one')), false)
  await store.ensure({ code: code() })
  assert.equal(store.placeNow(code(), join(folder, 'one')), true)
  assert.equal(store.placeNow(code(), join(folder, 'two')), false)
  store.giveBack(code(), join(folder, 'one'))
  assert.equal(store.placeNow(code(), join(folder, 'two')), true)
  await clock.advance(REFILL_AFTER_MS)
  for (let n = 0; n < 2_000 && !store.placeNow(code(), join(folder, 'three')); n++)
    await new Promise((r) => setTimeout(r, 5))
  assert.ok(existsSync(join(folder, 'three/run')))
})

test('a package that cannot be unpacked leaves nothing, and may be tried again', async () => {
  const store = newStore()
  await assert.rejects(store.place(code('b', true), join(folder, 'one')), /broken package/)
  assert.deepEqual(readdirSync(join(folder, 'code/live')), [])
  await store.place(code('b'), join(folder, 'one'))
  assert.ok(existsSync(join(folder, 'one/run')))
})

test('an id that is not a hash never becomes a path', async () => {
  await assert.rejects(newStore().ensure({ code: { ...code(), id: '../../escape' } }), /not a package id/)
})

test('clear forgets at once; a new life begins empty', async () => {
  const store = newStore()
  await store.ensure({ code: code() })
  store.clear()
  assert.equal(store.has({ code: code() }), false)
  assert.deepEqual(readdirSync(join(folder, 'code/live')), [])
  await store.ensure({ code: code() })
  assert.deepEqual(readdirSync(join(folder, 'code/live')), [code().id])
  newStore()
  assert.deepEqual(readdirSync(join(folder, 'code/live')), [])
  // The files of both go in the background.
  await new Promise((resolve) => setTimeout(resolve, 50))
})
