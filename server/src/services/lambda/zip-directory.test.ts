import assert from 'node:assert/strict'
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { MemoryBlobs } from '../../../test/lambda/memory-blobs.ts'
import { type ZipEntry, zipOf } from '../../../test/lambda/zip-file.ts'
import { codePackage, storeZip, storeZipStream } from './code-store.ts'
import { openStoredPackage } from './zip-directory.ts'

const folders: string[] = []
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-zip-'))
  folders.push(folder)
  return folder
}

async function unpacked(zip: Buffer): Promise<string> {
  const blobs = new MemoryBlobs()
  const folder = await freshFolder()
  await codePackage(blobs, await storeZip(blobs, zip)).unpack(folder)
  return folder
}

const COULD_NOT = 'Could not unzip uploaded file. Please check your file, then try to upload again.'

async function refused(zip: Buffer, reason: RegExp): Promise<void> {
  const blobs = new MemoryBlobs()
  await assert.rejects(storeZip(blobs, zip), (error: Error) => {
    assert.ok(error.message.startsWith(COULD_NOT), error.message)
    assert.match(error.message, reason)
    return true
  })
  assert.equal(blobs.bytes.size, 0, 'nothing of a refused package is kept')
}

test('a package is unpacked with folders, modes and links', async () => {
  const folder = await unpacked(
    zipOf([
      { name: 'index.js', content: 'x'.repeat(100_000), mode: 0o100600 },
      { name: 'bin/tool', content: '#!/bin/sh\n', mode: 0o100700 },
      { name: 'empty/', mode: 0o040755 },
      { name: 'a/b/c.txt', content: 'stored', stored: true },
      { name: 'current', content: 'a/b', mode: 0o120777 },
      { name: 'a/up', content: '../bin/tool', mode: 0o120777 },
      { name: './dot/./x', content: 'dots' },
    ]),
  )
  assert.equal((await readFile(join(folder, 'index.js'))).length, 100_000)
  assert.equal((await lstat(join(folder, 'index.js'))).mode & 0o777, 0o644, 'readable by the user of the cell')
  assert.equal((await lstat(join(folder, 'bin/tool'))).mode & 0o777, 0o755, 'still executable')
  assert.equal((await lstat(join(folder, 'empty'))).isDirectory(), true)
  assert.equal(await readFile(join(folder, 'current/c.txt'), 'utf8'), 'stored')
  assert.equal(await readlink(join(folder, 'a/up')), '../bin/tool')
  assert.equal(await readFile(join(folder, 'dot/x'), 'utf8'), 'dots')
})

const HOSTILE: readonly [string, readonly ZipEntry[], RegExp][] = [
  ['a name that climbs out', [{ name: '../evil', content: 'x' }], /relative path/],
  ['a name that climbs out in the middle', [{ name: 'a/../../evil', content: 'x' }], /relative path/],
  ['an absolute name', [{ name: '/etc/evil', content: 'x' }], /absolute path/],
  ['a drive', [{ name: 'C:/evil', content: 'x' }], /absolute path/],
  ['backslashes that climb out', [{ name: String.raw`..\evil`, content: 'x' }], /relative path/],
  ['a NUL in a name', [{ name: 'a\0b', content: 'x' }], /NUL/],
  [
    'a name twice',
    [
      { name: 'a', content: '1' },
      { name: './a', content: '2' },
    ],
    /twice/,
  ],
  [
    'a file that is also a folder',
    [
      { name: 'a', content: '1' },
      { name: 'a/b', content: '2' },
    ],
    /both|twice/,
  ],
  [
    'a folder that is also a file',
    [
      { name: 'a/b', content: '2' },
      { name: 'a', content: '1' },
    ],
    /twice/,
  ],
  ['a link to outside', [{ name: 'l', content: '../x', mode: 0o120777 }], /leads out/],
  ['an absolute link', [{ name: 'l', content: '/etc/passwd', mode: 0o120777 }], /not relative/],
  [
    'a file through a link',
    [
      { name: 'l', content: 'd', mode: 0o120777 },
      { name: 'l/x', content: 'x' },
    ],
    /both a link and a folder/,
  ],
  [
    'a link through a link',
    [
      { name: 'd/e/one', content: '../..', mode: 0o120777 },
      { name: 'two', content: 'd/e/one/..', mode: 0o120777 },
    ],
    /through another link/,
  ],
  ['a link to itself', [{ name: 'l', content: 'l', mode: 0o120777 }], /itself/],
  ['a device', [{ name: 'dev', content: '', mode: 0o020666 }], /special file/],
  ['a pipe', [{ name: 'pipe', content: '', mode: 0o010666 }], /special file/],
  ['encrypted content', [{ name: 'a', content: 'x', claim: { flags: 0x801 } }], /encrypted/],
  ['an unknown method', [{ name: 'a', content: 'x', claim: { method: 99 } }], /method 99/],
  ['a wrong checksum', [{ name: 'a', content: 'x', claim: { crc: 1 } }], /checksum/],
  ['more content than announced', [{ name: 'a', content: 'x'.repeat(1000), claim: { bytes: 10 } }], /a: /],
  ['less content than announced', [{ name: 'a', content: 'x'.repeat(10), claim: { bytes: 1000 } }], /a: /],
  ['a bomb', [{ name: 'zeros', content: Buffer.alloc(5_000_000) }], /grows more than 100 times/],
  ['a name too long', [{ name: 'n'.repeat(300), content: 'x' }], /too long/],
]

for (const [what, entries, reason] of HOSTILE)
  test(`refused with AWS's message and a reason: ${what}`, () => refused(zipOf(entries), reason))

test('refused: entries that share their bytes', async () => {
  const zip = zipOf([{ name: 'a', content: 'x'.repeat(2000), stored: true }])
  const directoryStart = zip.readUInt32LE(zip.length - 6)
  const entry = zip.subarray(directoryStart, zip.length - 22)
  const copies = Array.from({ length: 200 }, (_, index) => {
    const copy = Buffer.from(entry)
    copy[46] = 0x61 + (index % 26)
    return Buffer.concat([
      copy.subarray(0, 28),
      Buffer.from([5, 0]),
      copy.subarray(30, 46),
      Buffer.from(`${10_000 + index}`),
    ])
  })
  const end = Buffer.from(zip.subarray(zip.length - 22))
  end.writeUInt16LE(200, 8)
  end.writeUInt16LE(200, 10)
  end.writeUInt32LE(
    copies.reduce((sum, copy) => sum + copy.length, 0),
    12,
  )
  await refused(Buffer.concat([zip.subarray(0, directoryStart), ...copies, end]), /overlap/)
})

test('refused: what is no zip at all, half a zip, and more entries than allowed', async () => {
  await refused(Buffer.from('certainly not a zip'), /end of central directory/i)
  const zip = zipOf({ 'index.js': 'x'.repeat(1000) })
  await refused(zip.subarray(0, zip.length / 2), /.+/)
  await assert.rejects(storeZip(new MemoryBlobs(), Buffer.alloc(0)), /Uploaded file must be a non-empty zip/)
})

test('larger than 250 MB unpacked is refused by what the directory says, without inflating', async () => {
  const zip = zipOf([{ name: 'a', content: 'x', claim: { bytes: 300 * 1024 * 1024 } }])
  const started = process.hrtime.bigint()
  await assert.rejects(storeZip(new MemoryBlobs(), zip), /Unzipped size must be smaller than 262144000 bytes/)
  assert.ok(Number(process.hrtime.bigint() - started) < 1e9)
})

test('a stream is kept when it is a package, and deleted when it is not', async () => {
  const blobs = new MemoryBlobs()
  const zip = zipOf({ 'index.js': 'hello' })
  async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += 7) yield bytes.subarray(start, start + 7)
  }
  const code = await storeZipStream(blobs, pieces(zip))
  assert.equal(code.zipBytes, zip.length)
  assert.equal(code.unpackedBytes, 5)
  await assert.rejects(storeZipStream(blobs, pieces(Buffer.from('no zip'))), /Could not unzip/)
  assert.equal(blobs.bytes.size, 1)
})

test('a package can be read from the blobs in pieces', async () => {
  const blobs = new MemoryBlobs()
  const zip = zipOf({ 'index.js': 'hello', 'lib/a.js': 'a' })
  const { id } = await blobs.put(zip)
  const directory = await openStoredPackage(blobs, id, zip.length)
  assert.deepEqual(
    directory.entries.map(({ path }) => path),
    ['index.js', 'lib/a.js'],
  )
  directory.zip.close()
})

test('whatever the names are, nothing is written outside the folder', async () => {
  const segment = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'b', '\\', 'C:', '~', ' '), fc.string({ maxLength: 5 }))
  const entry = fc.record({
    name: fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/')),
    content: fc.string({ maxLength: 20 }),
    mode: fc.constantFrom(undefined, 0o100644, 0o120777),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (entries) => {
      const outer = await freshFolder()
      const blobs = new MemoryBlobs()
      const named = entries.map(({ mode, ...rest }) => (mode === undefined ? rest : { ...rest, mode }))
      try {
        const code = await storeZip(blobs, zipOf(named))
        const folder = await mkdtemp(join(outer, 'task-'))
        await codePackage(blobs, code).unpack(folder)
        assert.deepEqual((await readdir(outer)).length, 1)
      } catch (error) {
        assert.match(error instanceof Error ? error.message : '', /Could not unzip|non-empty zip/)
      }
    }),
    { numRuns: 150 },
  )
})
