import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { silentLog } from '#base/log.ts'
import type { CodePackage } from './engine.ts'
import { ImageStore } from './image-store.ts'

let folder: string
let unpacked: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-images-'))
  unpacked = []
})
afterEach(() => rmSync(folder, { recursive: true }))

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
  const store = new ImageStore(silentLog, folder)
  await Promise.all([1, 2, 3].map(() => store.ensure(image('a'))))
  assert.deepEqual([unpacked, live()], [['a'], ['a']])
  const root = join(folder, 'live', 'a'.repeat(64), 'root')
  assert.equal(statSync(join(root, 'file')).mode & 0o7777, 0o755)
  assert.equal(statSync(join(root, 'closed')).mode & 0o7777, 0o700)
  assert.ok(existsSync(join(root, 'etc/hosts')))
})

test('one that cannot be unpacked leaves nothing, and may be tried again', async () => {
  const store = new ImageStore(silentLog, folder)
  await assert.rejects(store.ensure(image('a', true)), /broken image/)
  assert.deepEqual([live(), readdirSync(join(folder, 'unpacking'))], [[], []])
  await store.ensure(image('a'))
  assert.deepEqual(live(), ['a'])
})

test('above the bound the longest unused go, never those that a cell has', async () => {
  const store = new ImageStore(silentLog, folder, 2 * BYTES)
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
  await new ImageStore(silentLog, folder).ensure(image('a'))
  mkdirSync(join(folder, 'unpacking', 'b-draft'))
  mkdirSync(join(folder, 'live', 'c'.repeat(64)))
  const store = new ImageStore(silentLog, folder)
  await store.ensure(image('a'))
  assert.deepEqual([unpacked, live()], [['a'], ['a']])
  // After a start of the machine nobody knows what reached the disk.
  writeFileSync(join(folder, 'boot-id'), 'another')
  assert.equal(new ImageStore(silentLog, folder).has('a'.repeat(64)), false)
  assert.deepEqual(live(), [])
})

test('an id that is not a digest never becomes a path', async () => {
  const store = new ImageStore(silentLog, folder)
  await assert.rejects(store.ensure({ ...image('a'), id: '../../escape' }), /not a digest/)
})
