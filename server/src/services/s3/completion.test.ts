import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { VALUE_BYTES_MAX } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { completeParts } from './completion.ts'
import { PART_BYTES_MIN, PART_NUMBER_MAX } from './limits.ts'
import type { PartRecord } from './multipart-record.ts'
import { manifests } from './object-record.ts'

test('an upload of as many parts as there may be completes, and its manifest fits into the Store', async () => {
  const checksum = hash('sha256', 'part', 'base64')
  const md5 = hash('md5', 'part', 'hex')
  const uploaded = new Map<number, PartRecord>()
  for (let number = 1; number <= PART_NUMBER_MAX; number++)
    uploaded.set(number, { size: PART_BYTES_MIN, md5, modifiedMs: 0, blob: `${'f'.repeat(58)}${number}`, checksum })
  const listed = [...uploaded.keys()].map((PartNumber) => ({ PartNumber, ETag: `"${md5}"`, ChecksumSHA256: checksum }))
  const wish = { algorithm: 'SHA256', type: 'COMPOSITE' } as const
  const completion = await completeParts('upload', wish, listed, uploaded, {})
  assert.match(completion.etag, /-10000$/)
  assert.equal(completion.size, PART_BYTES_MIN * PART_NUMBER_MAX)
  const store = createMemoryStore()
  await transact(store, (transaction) => manifests.set(transaction, ['upload'], completion.manifest))
  const entry = await store.get(manifests.keyOf(['upload']))
  assert.ok(entry && entry.value.length < VALUE_BYTES_MAX, `${entry?.value.length} bytes`)
  assert.deepEqual(manifests.read(entry)?.value, completion.manifest)
})
