import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { silentLog } from '#base/log.ts'
import type { CodePackage } from './engine.ts'
import { ImageStore } from './image-store.ts'
import { UNPACKING_MAX } from './limits.ts'

let folder: string
let unpacked: string[]
let stores: ImageStore[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-images-'))
  unpacked = []
  stores = []
})
afterEach(async () => {
  for (const store of stores) await store.close()
  rmSync(folder, { recursive: true })
})

function open(bytesMax?: number): ImageStore {
  const store = new ImageStore(silentLog, folder, bytesMax)
  stores.push(store)
  return store
}

const BYTES = 1_000

function image(letter: string, fail = false): CodePackage {
  return {
    id: letter.repeat(64),
    size: BYTES,
    async unpack(root) {
      unpacked.push(letter)
      writeFileSync(join(root, 'file'), Buffer.alloc(BYTES), { mode: 0o6777 })
      mkdirSync(join(root, 'closed'), { mode: 0o000 })
      if (fail) throw new Error('broken image')
    },
  }
}

const live = (): string[] => readdirSync(join(folder, 'live')).map((id) => id.slice(0, 1))

test('an image is unpacked once, however many want it at once', async () => {
  const store = open()
  await Promise.all([1, 2, 3].map(() => store.ensure(image('a'))))
  assert.deepEqual([unpacked, live()], [['a'], ['a']])
  const root = join(folder, 'live', 'a'.repeat(64), 'root')
  assert.equal(statSync(join(root, 'file')).mode & 0o7777, 0o755)
  assert.equal(statSync(join(root, 'closed')).mode & 0o7777, 0o700)
  assert.ok(existsSync(join(root, 'etc/hosts')))
})

test('one that cannot be unpacked leaves nothing, and may be tried again', async () => {
  const store = open()
  await assert.rejects(store.ensure(image('a', true)), /broken image/)
  assert.deepEqual([live(), readdirSync(join(folder, 'unpacking'))], [[], []])
  await store.ensure(image('a'))
  assert.deepEqual(live(), ['a'])
})

test('above the bound the longest unused go, never those that a cell has', async () => {
  const store = open(2 * BYTES)
  await store.ensure(image('a'))
  await store.ensure(image('b'))
  const letGo = store.hold('a'.repeat(64)) ?? assert.fail('it is there')
  await store.ensure(image('c'))
  assert.deepEqual(live().sort(), ['a', 'c'])
  assert.equal(store.hold('b'.repeat(64)), undefined)
  letGo()
  await store.ensure(image('c'))
  await store.ensure(image('d'))
  assert.deepEqual(live().sort(), ['c', 'd'])
  store.clear()
  assert.deepEqual(live(), [])
})

test('the next life takes over what is whole; what was half done goes', async () => {
  await open().ensure(image('a'))
  mkdirSync(join(folder, 'unpacking', 'b-draft'))
  mkdirSync(join(folder, 'live', 'c'.repeat(64)))
  const store = open()
  await store.ensure(image('a'))
  assert.deepEqual([unpacked, live()], [['a'], ['a']])
  // After a start of the machine nobody knows what reached the disk.
  writeFileSync(join(folder, 'boot-id'), 'another')
  assert.equal(open().has('a'.repeat(64)), false)
  assert.deepEqual(live(), [])
})

test('an id that is not a digest never becomes a path', async () => {
  const store = open()
  await assert.rejects(store.ensure({ ...image('a'), id: '../../escape' }), /not a digest/)
})

test('a few images are unpacked at once; the others have their turn', async () => {
  const store = open()
  let now = 0
  let most = 0
  const letters = ['a', 'b', 'c', 'd', 'e', 'f']
  const outcomes = await Promise.allSettled(
    letters.map((letter) => {
      const made = image(letter, letter === 'b')
      return store.ensure({
        ...made,
        async unpack(root) {
          most = Math.max(most, ++now)
          await pause(20)
          await made.unpack(root).finally(() => now--)
        },
      })
    }),
  )
  assert.equal(most, UNPACKING_MAX)
  assert.deepEqual(live().sort(), ['a', 'c', 'd', 'e', 'f'])
  assert.equal(outcomes[1]?.status, 'rejected')
})

test('a store that closes ends what is under way and what waits; the next one knows nothing of them', async () => {
  const store = open()
  const endless = (letter: string): CodePackage => ({
    ...image(letter),
    async unpack(root, signal) {
      await image(letter).unpack(root)
      if (signal?.aborted === false) await once(signal, 'abort')
    },
  })
  const outcomes = Promise.allSettled(['a', 'b', 'c'].map((letter) => store.ensure(endless(letter))))
  while (unpacked.length < 2) await pause(1)
  await store.close()
  for (const outcome of await outcomes) assert.match(String(Object(outcome).reason), /the engine closes/)
  assert.deepEqual([unpacked.sort(), live()], [['a', 'b'], []])
  const next = open()
  await next.ensure(image('c'))
  while (readdirSync(join(folder, 'unpacking')).length > 0) await pause(5)
  await next.close()
  assert.deepEqual(live(), ['c'])
})
