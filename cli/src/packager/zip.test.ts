// Our zips, read by the zip reader that the server uses and by Python's.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import yauzl from 'yauzl'
import { folderWith, NEEDS_PYTHON } from '../../test/support/command.ts'
import { CompressedFiles, zip, type ZipEntry } from './zip.ts'

async function names(packed: Buffer): Promise<readonly string[]> {
  const archive = await promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer)(packed, {})
  const found: string[] = []
  return new Promise((resolve, reject) => {
    archive.on('entry', (entry: yauzl.Entry) => found.push(entry.fileName))
    archive.once('end', () => resolve(found)).once('error', reject)
  })
}

test('another reader finds every file whole, with its mode, and the check sums right', NEEDS_PYTHON, async (t) => {
  const folder = folderWith(t, {})
  const entries: ZipEntry[] = [
    { path: 'b/empty', content: Buffer.alloc(0) },
    { path: 'a.txt', content: Buffer.from('text '.repeat(1_000)), executable: true },
    { path: 'ü/雪.bin', content: Buffer.from(Array.from({ length: 999 }, (_unused, index) => (index * 7_919) % 251)) },
  ]
  writeFileSync(join(folder, 'x.zip'), await zip(entries))
  const script = `
import sys, zipfile, json, base64
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, base64.b64encode(z.read(i)).decode(), i.external_attr >> 16, i.date_time[0]] for i in z.infolist()]))`
  const read = JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script, join(folder, 'x.zip')], { encoding: 'utf8' }),
  ) as unknown
  assert.deepEqual(
    read,
    entries
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map(({ path, content, executable }) => [
        path,
        Buffer.isBuffer(content) ? content.toString('base64') : '',
        executable === true ? 0o100755 : 0o100644,
        1980,
      ]),
  )
})

test('whatever the files, the zip is the same in any order of them and can be read', async () => {
  const files = fc.uniqueArray(
    fc.record({
      path: fc.stringMatching(/^[a-z]{1,8}(\/[a-z.]{1,8}[a-z])?$/),
      content: fc.uint8Array({ maxLength: 300 }),
    }),
    { selector: ({ path }) => path, maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(files, async (made) => {
      const entries = made.map(({ path, content }) => ({ path, content: Buffer.from(content) }))
      const packed = await zip(entries)
      assert.ok(packed.equals(await zip(entries.toReversed())))
      assert.deepEqual(await names(packed), entries.map(({ path }) => path).toSorted())
    }),
    { numRuns: 50 },
  )
})

test('what is the same by its key is not read again; what has another key is', async () => {
  const reads: string[] = []
  const file = (key: string, text: string): ZipEntry => ({
    path: 'f',
    content: { key, size: text.length, read: () => (reads.push(key), Buffer.from(text)) },
  })
  const compressed = new CompressedFiles()
  const first = await compressed.zip([file('one', 'text')])
  assert.ok(first.equals(await compressed.zip([file('one', 'text')])))
  assert.deepEqual(reads, ['one'])
  const second = await compressed.zip([file('two', 'other')])
  assert.deepEqual(reads, ['one', 'two'])
  assert.ok(second.equals(await zip([{ path: 'f', content: Buffer.from('other') }])))
})
