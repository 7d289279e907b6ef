import { test } from 'node:test'
import { cannotMount } from '../storage/small-disk.ts'
import { fillDisk } from './killed-objects.ts'

test(
  'a disk that is full to the last byte five times refuses writes, serves reads and deletions, over a restart too, loses nothing, and takes writes again when it has room',
  { skip: cannotMount },
  async (t) => {
    const reason = await fillDisk(5)
    if (reason !== undefined) t.skip(reason)
  },
)
