// The counts of a release (what every change is held to: objects.sigkill.test.ts, full-disk.sigkill.test.ts, scrubber.test.ts).
import { test } from 'node:test'
import { flipBitsOfBlobs } from './flipped-bits.ts'
import { cannotMount } from '../storage/small-disk.ts'
import { fillDisk, killWhileObjectsMove } from './killed-objects.ts'

/** A life takes ten seconds on a busy machine. */
const timeout = 4 * 60 * 60 * 1000

test('acknowledged objects survive 500 SIGKILLs', { timeout }, () => killWhileObjectsMove(500, undefined))

test('acknowledged versions survive 500 SIGKILLs', { timeout }, () => killWhileObjectsMove(500, 'Enabled'))

test('a disk that is full 50 times loses nothing', { skip: cannotMount }, async (t) => {
  const reason = await fillDisk(50)
  if (reason !== undefined) t.skip(reason)
})

test('each of 5,000 flipped bits of blobs is found', () => flipBitsOfBlobs(5000))
