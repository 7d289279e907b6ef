// All digests of one body in one pass: MD5 for the entity tag, and whichever checksums are wanted.
import { hash } from 'node:crypto'
import { createHasher, type Hasher, preloadChecksums } from '#identity/checksums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'

export interface Digests {
  /** Bytes that they are of. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly md5: string
  /** Base64, for each algorithm that was asked for. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
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
  return { size: bytes.length, md5: hash('md5', bytes, 'hex'), checksums }
}

/** Checksums of a stream. `preloadChecksums` must have resolved. */
export function createRunningChecksums(algorithms: Iterable<ChecksumAlgorithm>): {
  update(chunk: Uint8Array): void
  end(): ReadonlyMap<ChecksumAlgorithm, string>
} {
  const hashers = new Map<ChecksumAlgorithm, Hasher>()
  for (const algorithm of algorithms) hashers.set(algorithm, createHasher(algorithm))
  return {
    update(chunk) {
      for (const hasher of hashers.values()) hasher.update(chunk)
    },
    end() {
      const checksums = new Map<ChecksumAlgorithm, string>()
      for (const [algorithm, hasher] of hashers) checksums.set(algorithm, hasher.digest().toString('base64'))
      return checksums
    },
  }
}
