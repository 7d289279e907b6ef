import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, createHasher, preloadChecksums } from './checksums.ts'

/** Check values of "123456789" from the catalogues of the algorithms. */
const CHECK: Record<ChecksumAlgorithm, string> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  MD5: '25f9e794323b453885f5181f1b624d0b',
}

test('check values, with several hashers of each kind at once', async () => {
  await preloadChecksums()
  const hashers = [...CHECKSUM_ALGORITHMS, ...CHECKSUM_ALGORITHMS].map((name) => ({ name, hasher: createHasher(name) }))
  for (const char of '123456789') for (const { hasher } of hashers) hasher.update(Buffer.from(char))
  for (const { name, hasher } of hashers) assert.equal(hasher.digest().toString('hex'), CHECK[name], name)
  for (const name of CHECKSUM_ALGORITHMS) assert.ok(createHasher(name).digest().length >= 4)
})

test('a large update equals many small ones', async () => {
  await preloadChecksums()
  const bytes = Buffer.alloc(300_000, 'mayfly')
  for (const name of CHECKSUM_ALGORITHMS) {
    const [whole, pieces] = [createHasher(name), createHasher(name)]
    whole.update(bytes)
    for (let at = 0; at < bytes.length; at += 997) pieces.update(bytes.subarray(at, at + 997))
    assert.deepEqual(whole.digest(), pieces.digest(), name)
  }
})
