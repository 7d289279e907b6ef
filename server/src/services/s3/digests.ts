// All digests of one body in one pass: MD5 for the entity tag, and whichever checksums are wanted.
import { hash } from 'node:crypto'
import { createHasher, type Hasher, preloadChecksums } from '#identity/checksums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'

export interface Digests {
  /** Lower-case hexadecimal. */
  readonly md5: string
  /** Base64, for each algorithm that was asked for. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
}

/** Takes a body in pieces. */
export interface RunningDigests {
  update(chunk: Uint8Array): void
  end(): Digests
}

/** The digests of bytes that are all there. */
export async function digestsOf(bytes: Uint8Array, algorithms: Iterable<ChecksumAlgorithm>): Promise<Digests> {
  await preloadChecksums()
  const checksums = new Map<ChecksumAlgorithm, string>()
  for (const algorithm of algorithms) {
    const hasher = createHasher(algorithm)
    hasher.update(bytes)
    checksums.set(algorithm, hasher.digest().toString('base64'))
  }
  return { md5: hash('md5', bytes, 'hex'), checksums }
}

/** Digests of a stream, hashed where it is called. `preloadChecksums` must have resolved. */
export function createRunningDigests(algorithms: Iterable<ChecksumAlgorithm>): RunningDigests {
  const md5 = createHasher('MD5')
  const hashers = new Map<ChecksumAlgorithm, Hasher>()
  for (const algorithm of algorithms) hashers.set(algorithm, createHasher(algorithm))
  return {
    update(chunk) {
      md5.update(chunk)
      for (const hasher of hashers.values()) hasher.update(chunk)
    },
    end() {
      const checksums = new Map<ChecksumAlgorithm, string>()
      for (const [algorithm, hasher] of hashers) checksums.set(algorithm, hasher.digest().toString('base64'))
      return { md5: md5.digest().toString('hex'), checksums }
    },
  }
}
