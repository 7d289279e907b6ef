// Writes to a store and to blobs on a disk that fails at some point, and goes on trying for a while after that. Says on
// standard output what was acknowledged ("store <id>", "blob <id> <blob id>") and what gave up ("store-fatal",
// "blobs-failed"); ends when the store has given up, or the blobs have. Arguments: folder, last id.
import { join } from 'node:path'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { valueOf } from './crash-work.ts'
import { say } from './say.ts'

const FATAL_EXIT_CODE = 70
const GO_ON_MS = 100
const WRITERS = 4

const [folder = '', lastText] = process.argv.slice(2)
const last = Number(lastText)
const state = { isEnding: false, haveBlobsFailed: false }

function endSoon(what: string): void {
  say(what)
  if (state.isEnding) return
  state.isEnding = true
  setTimeout(() => process.exit(FATAL_EXIT_CODE), GO_ON_MS)
}

const store = await openSqliteStore({ path: join(folder, 'store.sqlite'), onFatal: () => endSoon('store-fatal') })
const blobs = await openFileBlobs({ folder: join(folder, 'blobs') })
let next = 0

async function writeStore(): Promise<void> {
  while (next < last || state.isEnding) {
    const id = next++
    try {
      await store.commit({ sets: [{ key: ['id', id], value: valueOf(String(id)) }] })
      say(`store ${id}`)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

async function writeBlobs(): Promise<void> {
  while (next < last || state.isEnding) {
    const id = next++
    try {
      const blob = await blobs.put(valueOf(String(id)))
      say(`blob ${id} ${blob.id}`)
    } catch {
      if (!state.haveBlobsFailed) endSoon('blobs-failed')
      state.haveBlobsFailed = true
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, index) => (index % 2 === 0 ? writeStore() : writeBlobs())))
await store.close()
await blobs.close()
