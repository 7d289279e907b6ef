// A server as mayfly-server.ts, whose store was filled beforehand: a bucket for each argument, with that many keys, written
// past the HTTP path, in pages of the Store. Keys lie in folders of KEYS_OF_FOLDER.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from '../../server/src/data-folder.ts'
import { runServer } from '../../server/src/run.ts'
import { buckets } from '../../server/src/services/s3/bucket.ts'
import { objects } from '../../server/src/services/s3/object-record.ts'
import { openSqliteStore } from '../../server/src/storage/sqlite/sqlite-store.ts'
import type { Store } from '../../server/src/storage/store.ts'
import { Transaction } from '../../server/src/storage/transact.ts'

const KEYS_OF_FOLDER = 100
const BATCH = 1000

const dataFolder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
const paths = await openDataFolder(dataFolder)
const store = await openSqliteStore({
  path: paths.store,
  onFatal(error) {
    throw error
  },
})
for (const count of process.argv.slice(2)) await fill(store, Number(count))
await store.close()

const status = await runServer({
  mode: 'start',
  host: '127.0.0.1',
  port: 0,
  dataFolder,
  onReady: ({ endpoint, credentialsFile }) =>
    process.stdout.write(`${JSON.stringify({ endpoint, credentialsFile })}\n`),
})
await rm(dataFolder, { recursive: true, force: true })
process.exit(status)

async function fill(into: Store, count: number): Promise<void> {
  const name = `keys-${count}`
  const transaction = new Transaction(into)
  const bucket = { name, account: '000000000000', region: 'us-east-1', createdMs: 0, notifications: [] }
  await buckets.set(transaction, [name], bucket)
  await into.commit(transaction.commit())
  for (let from = 0; from < count; from += BATCH) {
    const page = new Transaction(into)
    for (let index = from; index < Math.min(count, from + BATCH); index++) {
      const folder = String(Math.floor(index / KEYS_OF_FOLDER)).padStart(6, '0')
      const key = Buffer.from(`photos/${folder}/${String(index).padStart(8, '0')}.jpg`)
      await objects.set(page, [name, key], {
        kind: 'object',
        system: { contentType: 'image/jpeg' },
        user: {},
        storageClass: 'STANDARD',
        size: 1024,
        etag: '0123456789abcdef0123456789abcdef',
        modifiedMs: 1_700_000_000_000,
        checksum: { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=', type: 'FULL_OBJECT' },
        body: { kind: 'inline' },
        sequencer: '0018D4C0D8F00000',
      })
    }
    await into.commit(page.commit())
  }
}
