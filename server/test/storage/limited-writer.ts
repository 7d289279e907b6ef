// Writes until the system refuses a write (the parent limits the size of files), and goes on trying for a while after
// that. Says on standard output what was acknowledged: "ack <id>", and "fatal" when the store gave up. Argument: the file.
import { writeSync } from 'node:fs'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'

const FATAL_EXIT_CODE = 70
const GO_ON_MS = 100

const store = await openSqliteStore({
  path: process.argv[2] ?? '',
  onFatal() {
    writeSync(1, 'fatal\n')
    setTimeout(() => process.exit(FATAL_EXIT_CODE), GO_ON_MS)
  },
})
let next = 0
const writer = async (): Promise<void> => {
  for (;;) {
    const id = next++
    try {
      await store.commit({ sets: [{ key: ['id', id], value: new Uint8Array(2000).fill(id) }] })
      writeSync(1, `ack ${id}\n`)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
await Promise.all(Array.from({ length: 8 }, writer))
