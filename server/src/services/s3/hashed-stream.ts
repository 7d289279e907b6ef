// A stream that is hashed on its way to Blobs: large ones by the digest thread, others here.
import { preloadChecksums } from '#identity/checksums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import type { DigestThread, ThreadDigests } from './digest-thread.ts'
import { createRunningDigests, type Digests } from './digests.ts'
import { DIGEST_THREAD_BYTES_MIN } from './limits.ts'

/**
 * Passes `source` on. `whenDone` gets the digests after the last chunk and before the stream ends, so what it throws ends
 * the stream with an error.
 */
export async function* hashedStream(
  thread: DigestThread,
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  algorithms: Iterable<ChecksumAlgorithm>,
  whenDone: (digests: Digests) => void,
): AsyncGenerator<Uint8Array> {
  const elsewhere = sizeBytes < DIGEST_THREAD_BYTES_MIN ? undefined : thread.begin([...algorithms])
  if (elsewhere) return yield* hashElsewhere(elsewhere, source, whenDone)
  await preloadChecksums()
  const running = createRunningDigests(algorithms)
  for await (const chunk of source) {
    running.update(chunk)
    yield chunk
  }
  whenDone(running.end())
}

async function* hashElsewhere(
  digests: ThreadDigests,
  source: AsyncIterable<Uint8Array>,
  whenDone: (digests: Digests) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      const taken = digests.update(chunk)
      if (taken) await taken
      yield chunk
    }
    whenDone(await digests.end())
  } finally {
    digests.drop()
  }
}
