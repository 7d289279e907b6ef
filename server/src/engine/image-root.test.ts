import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { BadImageError, IMAGE_BOUNDS, prepareRoot } from './image-root.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mayfly-root-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const isBad =
  (reason: RegExp) =>
  (error: unknown): boolean =>
    error instanceof BadImageError && reason.test(error.message)

test('what is there is counted: each file once, however many names it has, links not followed', () => {
  const { entries } = prepareRoot(root)
  mkdirSync(join(root, 'lib'))
  writeFileSync(join(root, 'lib/one'), Buffer.alloc(1_000))
  linkSync(join(root, 'lib/one'), join(root, 'other-name'))
  symlinkSync('/lib/one', join(root, 'link'))
  assert.deepEqual(prepareRoot(root), { entries: entries + 4, bytes: 1_000 })
})

test('a root of as many files and bytes as the bounds say is taken, one more is refused', () => {
  writeFileSync(join(root, 'file'), Buffer.alloc(1_000))
  const size = prepareRoot(root)
  assert.deepEqual(prepareRoot(root, size), size)
  const { entries, bytes } = size
  assert.throws(() => prepareRoot(root, { entries, bytes: bytes - 1 }), isBad(/^more than 999 bytes unpacked$/))
  assert.throws(() => prepareRoot(root, { entries: entries - 1, bytes }), isBad(/^more than \d+ files$/))
  assert.deepEqual(IMAGE_BOUNDS, { entries: 500_000, bytes: 10 * 1024 ** 3 })
})

test('privileges go, and whatever is in the way of a mounted file goes with all that is in it', () => {
  mkdirSync(join(root, 'etc/hosts/deep'), { recursive: true })
  writeFileSync(join(root, 'etc/hosts/deep/file'), '')
  mkdirSync(join(root, 'etc/ld.so.preload'))
  writeFileSync(join(root, 'su'), '')
  chmodSync(join(root, 'su'), 0o6777)
  prepareRoot(root)
  assert.equal(statSync(join(root, 'etc/hosts')).isFile(), true)
  assert.equal(existsSync(join(root, 'etc/ld.so.preload')), false)
  assert.equal(statSync(join(root, 'su')).mode & 0o7777, 0o755)
})
