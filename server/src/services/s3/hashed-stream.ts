// A stream that is hashed on its way to Blobs: checksums here, the MD5 of a large one by the MD5 thread.
import { createHash } from 'node:crypto'
import { preloadChecksums } from '#identity/checksums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import { createRunningChecksums, type Digests } from './digests.ts'
import { MD5_THREAD_BYTES_MIN } from './limits.ts'
import type { Md5Thread, ThreadMd5 } from './md5-thread.ts'

/**
 * Passes `source` on. `whenDone` gets the digests after the last chunk and before the stream ends, so what it throws ends
 * the stream with an error.
 */
export async function* hashedStream(
  thread: Md5Thread,
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  algorithms: Iterable<ChecksumAlgorithm>,
  whenDone: (digests: Digests) => void,
): AsyncGenerator<Uint8Array> {
  await preloadChecksums()
  const checksums = createRunningChecksums(algorithms)
  const md5 = (sizeBytes < MD5_THREAD_BYTES_MIN ? undefined : thread.begin()) ?? md5Here()
  let size = 0
  try {
    for await (const chunk of source) {
      size += chunk.length
      const taken = md5.update(chunk)
      if (taken) await taken
      checksums.update(chunk)
      yield chunk
    }
    whenDone({ size, md5: await md5.end(), checksums: checksums.end() })
  } finally {
    md5.drop()
  }
}

function md5Here(): ThreadMd5 {
  const hash = createHash('md5')
  return {
    update(chunk) {
      hash.update(chunk)
      return undefined
    },
    end: async () => hash.digest('hex'),
    drop() {},
  }
}
