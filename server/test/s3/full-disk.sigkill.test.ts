import { test } from 'node:test'
import { cannotMount, fillDisk } from './killed-objects.ts'

test(
  'a disk that is full five times refuses writes, serves reads, loses nothing, and takes writes again when it has room',
  { skip: cannotMount },
  async (t) => {
    const reason = await fillDisk(5)
    if (reason !== undefined) t.skip(reason)
  },
)
