import assert from 'node:assert/strict'
import { readSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BlobMissingError } from '../blobs.ts'
import { blobsContract } from '../blobs.contract.ts'
import { openFileBlobs } from './file-blobs.ts'
import { FolderSync } from './folder-sync.ts'

const shared = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'))

blobsContract('files', {
  open: (clock) => openFileBlobs({ folder: join(shared, 'data'), clock }),
  dispose: () => rm(shared, { recursive: true }),
})

test('what killed puts and an unfinished clear left is removed at the start; blobs stay', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'))
  t.after(() => rm(folder, { recursive: true }))
  const first = await openFileBlobs({ folder })
  const { id } = await first.put(Buffer.from('kept'))
  await first.close()
  await writeFile(join(folder, 'tmp', 'half'), 'half')
  await writeFile(join(folder, 'trash', 'old'), 'old')
  const again = await openFileBlobs({ folder })
  assert.deepEqual(await readdir(join(folder, 'tmp')), [])
  assert.deepEqual(await readdir(join(folder, 'trash')), [])
  assert.equal((await Array.fromAsync(again.get(id))).join(''), 'kept')
  await again.close()
})

test('a blob that is open can be read by its descriptor, also when it is deleted meanwhile', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'))
  t.after(() => rm(folder, { recursive: true }))
  const blobs = await openFileBlobs({ folder })
  const { id } = await blobs.put(Buffer.from('kept'))
  const file = await blobs.openFile?.(id)
  assert.ok(file)
  await blobs.delete(id)
  const memory = Buffer.alloc(10)
  assert.equal(readSync(file.descriptor, memory, { position: 1 }), 3)
  assert.equal(memory.toString('latin1', 0, 3), 'ept')
  await file.close()
  await assert.rejects(async () => blobs.openFile?.(id), BlobMissingError)
  await assert.rejects(async () => blobs.openFile?.('../../etc/passwd'), BlobMissingError)
  await blobs.close()
})

test('a put that fails leaves no temporary file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'))
  t.after(() => rm(folder, { recursive: true }))
  const blobs = await openFileBlobs({ folder })
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(3_000_000)
    throw new Error('gone')
  }
  await assert.rejects(blobs.put(source()), /gone/)
  assert.deepEqual(await readdir(join(folder, 'tmp')), [])
  await blobs.close()
})

test('syncs of one folder that are asked for during a sync share the next one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-blobs-'))
  t.after(() => rm(folder, { recursive: true }))
  const folderSync = new FolderSync()
  const first = folderSync.sync(folder)
  const second = folderSync.sync(folder)
  const third = folderSync.sync(folder)
  assert.notEqual(first, second)
  assert.equal(second, third)
  await Promise.all([first, second, third])
  await assert.rejects(folderSync.sync(join(folder, 'absent')))
  await folderSync.sync(folder)
})
