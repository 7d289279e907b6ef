// A stream that is hashed on its way to Blobs, here: a small one, or one that found no room with the body threads.
import { createHash } from 'node:crypto'
import { preloadChecksums } from '#identity/checksums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import { createRunningChecksums, type Digests } from './digests.ts'

/**
 * Passes `source` on. `whenDone` gets the digests after the last chunk and before the stream ends, so what it throws ends
 * the stream with an error.
 */
export async function* hashedStream(
  source: AsyncIterable<Uint8Array>,
  algorithms: Iterable<ChecksumAlgorithm>,
  whenDone: (digests: Digests) => void,
): AsyncGenerator<Uint8Array> {
  await preloadChecksums()
  const checksums = createRunningChecksums(algorithms)
  const md5 = createHash('md5')
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    md5.update(chunk)
    checksums.update(chunk)
    yield chunk
  }
  whenDone({ size, md5: md5.digest('hex'), checksums: checksums.end() })
}
