import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { silentLog } from '#base/log.ts'
import type { RootSize } from '#engine/image-root.ts'
import { ImageStore } from '#engine/image-store.ts'
import { BlobMissingError } from '#storage/blobs.ts'
import { MemoryBlobs } from '../../../../test/lambda/memory-blobs.ts'
import { type Entries, type Layer, layerOf, sha256 } from '../../../../test/images/oci-image.ts'
import { ImageFault } from './image-fault.ts'
import type { StoredLayer } from './image-record.ts'
import { imagePackage } from './image-package.ts'

let folder: string
let root: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-unpack-'))
  root = join(folder, 'root')
  mkdirSync(root)
})
afterEach(() => rmSync(folder, { recursive: true }))

async function stored(blobs: MemoryBlobs, layer: Layer): Promise<StoredLayer> {
  const { id, size } = await blobs.put(layer.bytes)
  const digests = { digest: sha256(layer.bytes), contentDigest: sha256(layer.archive) }
  return { ...digests, packing: layer.packing, blobId: id, bytes: size }
}

const isLayer = (layer: Layer | Entries): layer is Layer => 'archive' in layer

const unpack = (...layers: readonly (Layer | Entries)[]): Promise<void> => unpackWithin(undefined, ...layers)

async function unpackWithin(bounds: RootSize | undefined, ...layers: readonly (Layer | Entries)[]): Promise<void> {
  const blobs = new MemoryBlobs()
  const made: StoredLayer[] = []
  for (const layer of layers) made.push(await stored(blobs, isLayer(layer) ? layer : await layerOf(layer)))
  await imagePackage(blobs, { digest: 'a'.repeat(64), layers: made }, bounds).unpack(root)
}

const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const folderEntry = { type: 'directory', mode: 0o755 } as const

test('layers lie over each other, whatever they are packed with', async () => {
  await unpack(
    await layerOf({ 'a/one': 'lower', 'a/two': 'lower' }, 'plain'),
    await layerOf({ 'a/one': 'middle' }, 'gzip'),
    await layerOf({ './b/three': 'upper' }, 'zstd'),
  )
  assert.deepEqual([text('a/one'), text('a/two'), text('b/three')], ['middle', 'lower', 'upper'])
})

test('modes and times are kept, privileges and owners are not', async () => {
  const mtime = new Date(1_700_000_000_000)
  await unpack({
    setuid: { type: 'file', mode: 0o6755, uid: 0, gid: 0, body: 'x' },
    open: { type: 'file', mode: 0o666, mtime, body: 'x' },
    large: { type: 'file', mode: 0o1644, mtime, body: Buffer.alloc(200_000, 7) },
    sticky: { type: 'directory', mode: 0o1777 },
    closed: { type: 'directory', mode: 0o000 },
  })
  const mode = (name: string): string => (statSync(join(root, name)).mode & 0o7777).toString(8)
  assert.deepEqual(['setuid', 'open', 'large', 'sticky', 'closed'].map(mode), ['755', '644', '644', '755', '700'])
  for (const name of ['open', 'large']) assert.equal(statSync(join(root, name)).mtimeMs, mtime.getTime())
  assert.equal(statSync(join(root, 'large')).size, 200_000)
})

test('whiteouts take away what lower layers have, and nothing of their own layer', async () => {
  await unpack(
    { 'a/gone': '1', 'a/stays': '1', 'b/old/deep': '1', 'b/file': '1', 'c/one': '1' },
    {
      'a/.wh.gone': '',
      'b/new': '2',
      'b/old/new': '2',
      'b/.wh..wh..opq': '',
      'c/one': '2',
      'c/.wh.one': '',
      'c/.wh..wh.plnk': '',
      'd/.wh.missing': '',
    },
  )
  assert.deepEqual(readdirSync(join(root, 'a')), ['stays'])
  assert.deepEqual(readdirSync(join(root, 'b')).sort(), ['new', 'old'])
  assert.deepEqual(readdirSync(join(root, 'b/old')), ['new'])
  assert.equal(text('c/one'), '2')
  assert.deepEqual(readdirSync(join(root, 'd')), [])
})

test('a later entry takes the place of an earlier one, of whatever kind', async () => {
  await unpack(
    { 'p/deep/file': '1', q: { type: 'symlink', linkname: '/nowhere' } },
    { p: 'now', 'q/': folderEntry, 'q/own': '2' },
  )
  assert.equal(text('p'), 'now')
  assert.equal(lstatSync(join(root, 'q')).isDirectory(), true)
})

test('links are kept as they are; on the way to a file they are followed below the root', async () => {
  await unpack(
    {
      'usr/lib/one': '1',
      lib: { type: 'symlink', linkname: 'usr/lib' },
      absolute: { type: 'symlink', linkname: '/usr/lib' },
      climbing: { type: 'symlink', linkname: '../../../../usr' },
      hard: { type: 'link', linkname: 'usr/lib/one' },
      through: { type: 'link', linkname: 'lib/one' },
    },
    { 'lib/two': '2', 'absolute/three': '3', 'climbing/lib/four': '4' },
  )
  assert.deepEqual(readdirSync(join(root, 'usr/lib')).sort(), ['four', 'one', 'three', 'two'])
  assert.equal(readlinkSync(join(root, 'climbing')), '../../../../usr')
  assert.equal(statSync(join(root, 'hard')).ino, statSync(join(root, 'usr/lib/one')).ino)
  assert.equal(statSync(join(root, 'through')).nlink, 3)
})

test('nothing is written outside, by whatever links', async () => {
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  await unpack(
    { way: { type: 'symlink', linkname: outside }, up: { type: 'symlink', linkname: '../outside' } },
    { 'way/file': 'x', 'up/file': 'x', 'way/.wh..wh..opq': '' },
  )
  assert.deepEqual(readdirSync(outside), [])
  assert.deepEqual(readdirSync(folder).sort(), ['outside', 'root'])
  assert.ok(existsSync(join(root, 'outside')), 'the same path below the root')
})

test('what no image may hold is refused, with its name', async () => {
  const long = 'x'.repeat(300)
  const refused: [Entries, RegExp][] = [
    [{ '../escape': 'x' }, /"\.\.\/escape" leads out/],
    [{ 'a/../../escape': 'x' }, /leads out/],
    [{ '/absolute': 'x' }, /"\/absolute" leads out/],
    [{ [long]: 'x' }, /too long/],
    [{ node: { type: 'block-device', mode: 0o666 } }, /node is a special file \(block-device\)/],
    [{ pipe: { type: 'fifo' } }, /special file \(fifo\)/],
    [{ hard: { type: 'link', linkname: '../../etc/passwd' } }, /leads out/],
    [{ hard: { type: 'link', linkname: 'missing' } }, /which is no file/],
    [{ 'a/b': 'x', a: { type: 'link', linkname: 'a/b' } }, /a is another name of a file below it/],
    [{ [`${'deep/'.repeat(818)}file`]: 'x' }, /^(?:deep\/)+: its path is too long$/],
    [{ hard: { type: 'link', linkname: 'folder' }, 'folder/': folderEntry }, /which is no file/],
    [{ a: { type: 'symlink', linkname: 'b' }, b: { type: 'symlink', linkname: 'a' }, 'a/file': 'x' }, /too many links/],
    [{ sparse: { type: 'file', body: 'x', pax: { 'GNU.sparse.major': '1' } } }, /sparse/],
    [{ a: 'x', 'a/b': 'x' }, /a is both a file and a folder/],
    [{ '.wh...': '' }, /takes away what is no file/],
  ]
  for (const [entries, reason] of refused) {
    rmSync(root, { recursive: true })
    mkdirSync(root)
    await assert.rejects(
      unpack(entries),
      (error: unknown) => error instanceof ImageFault && reason.test(error.message),
      String(reason),
    )
  }
  assert.deepEqual(readdirSync(folder), ['root'])
})

test('devices below /dev are left out: a cell has its own', async () => {
  await unpack({ 'dev/console': { type: 'character-device', mode: 0o666 }, file: 'x' })
  assert.equal(existsSync(join(root, 'dev/console')), false)
  assert.equal(text('file'), 'x')
})

test('a layer that is not what was named, broken, cut or a bomb is refused', async () => {
  const good = await layerOf({ file: 'x' })
  const wrong = { ...good, archive: Buffer.from('another') }
  await assert.rejects(unpack(wrong), /is not the one that the configuration names/)
  await assert.rejects(unpack({ ...good, bytes: Buffer.from('no gzip at all') }), ImageFault)
  await assert.rejects(unpack({ ...good, bytes: good.bytes.subarray(0, good.bytes.length - 12) }), ImageFault)
  const cut = good.archive.subarray(0, 700)
  await assert.rejects(unpack({ archive: cut, bytes: cut, packing: 'plain' }), ImageFault)
  const bomb = await layerOf({ zeros: Buffer.alloc(80 * 1024 * 1024) })
  assert.ok(bomb.bytes.length < 100_000)
  await assert.rejects(unpack(bomb), /grows more than 100 times/)
})

test('an image has as many files and bytes as its bounds say, over all layers, and not one more', async () => {
  const layers = [
    { one: 'x'.repeat(60), 'a/': folderEntry },
    { one: 'x'.repeat(40), link: { type: 'symlink' as const, linkname: 'one' } },
  ]
  await unpackWithin({ entries: 4, bytes: 100 }, ...layers)
  assert.deepEqual(readdirSync(root).sort(), ['a', 'link', 'one'])
  for (const [bounds, reason] of [
    [{ entries: 3, bytes: 100 }, /^more than 3 files$/],
    [{ entries: 4, bytes: 99 }, /^more than 99 bytes unpacked$/],
  ] as const) {
    rmSync(root, { recursive: true })
    mkdirSync(root)
    await assert.rejects(
      unpackWithin(bounds, ...layers),
      (error: unknown) => error instanceof ImageFault && reason.test(error.message),
    )
  }
  // What is too large is not written first.
  assert.equal(text('one').length, 60)
})

/** Many files, of bytes that do not pack. */
function manyFiles(count: number): Entries {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`many/${at % 50}/${at}`, randomBytes(8_000)]))
}

/** Threads of this process that take images in. */
function ownThreads(): string[] {
  return readdirSync('/proc/self/task')
    .map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim())
    .filter((name) => name === 'mayfly-unpack' || name === 'mayfly-tree')
}

test('the main thread has next to nothing to do with an image', async (t) => {
  const blobs = new MemoryBlobs()
  const layers = [await stored(blobs, await layerOf(manyFiles(4_000), 'gzip'))]
  const store = new ImageStore(silentLog, join(folder, 'images'))
  const id = 'a'.repeat(64)
  const ofAll = process.cpuUsage()
  const ofMain = process.threadCpuUsage()
  await store.ensure(imagePackage(blobs, { digest: id, layers }))
  const main = process.threadCpuUsage(ofMain)
  const all = process.cpuUsage(ofAll)
  const share = (main.user + main.system) / (all.user + all.system)
  t.diagnostic(`share of the main thread: ${(share * 100).toFixed(1)} %`)
  // 95 % and more when it does the work itself.
  assert.ok(share < 0.4, `the main thread had ${share} of the CPU time`)
  assert.equal(readdirSync(join(folder, 'images/live', id, 'root/many/7')).length, 80)
  assert.deepEqual(ownThreads(), [], 'no thread outlives its work')
  await store.close()
})

test('an unpacking that is ended stops in the middle, says why, and touches nothing any more', async () => {
  const blobs = new MemoryBlobs()
  const layer = await stored(blobs, await layerOf(manyFiles(300), 'plain'))
  const get = blobs.get.bind(blobs)
  const ending = new AbortController()
  const reason = new Error('enough')
  let isClosed = false
  let during: readonly string[] = []
  blobs.get = async function* (id) {
    try {
      for await (const all of get(id))
        for (let at = 0; at < all.length; at += 100_000) {
          if (at > all.length / 2) {
            during = ownThreads()
            ending.abort(reason)
          }
          yield Buffer.from(all.subarray(at, at + 100_000))
        }
    } finally {
      isClosed = true
    }
  }
  const made = imagePackage(blobs, { digest: 'a'.repeat(64), layers: [layer] })
  await assert.rejects(made.unpack(root, ending.signal), (error) => error === reason)
  assert.deepEqual([during.slice(0, 1), ownThreads()], [['mayfly-unpack'], []])
  assert.ok(isClosed, 'the layer is not read any more')
  const files = readdirSync(root, { recursive: true }).length
  assert.ok(files > 0 && files < 300, `${files} of 300 files`)
  // Before it has begun.
  await assert.rejects(made.unpack(root, ending.signal), (error) => error === reason)
  assert.equal(readdirSync(root, { recursive: true }).length, files)
})

test('what fails outside of the image is told as it is: a layer that is gone, a disk that takes nothing', async () => {
  const blobs = new MemoryBlobs()
  const layer = await stored(blobs, await layerOf({ file: 'x' }))
  const unpackAt = (place: string): Promise<void> =>
    imagePackage(blobs, { digest: 'a'.repeat(64), layers: [layer] }).unpack(place)
  await assert.rejects(
    unpackAt(join(folder, 'missing')),
    (error) => error instanceof Error && !(error instanceof ImageFault) && 'code' in error && error.code === 'ENOENT',
  )
  blobs.bytes.clear()
  await assert.rejects(unpackAt(root), BlobMissingError)
})
