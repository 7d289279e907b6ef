// A body that is already there, in the form of one that is not.
import type { IncomingBody } from './operation.ts'

const NO_TRAILERS: ReadonlyMap<string, string> = new Map()

/** Bytes as an incoming body: for small streaming payloads and for tests. */
export function bufferedBody(bytes: Buffer): IncomingBody {
  return {
    length: bytes.length,
    bytes: () => Promise.resolve(bytes),
    // oxlint-disable-next-line require-yield -- an empty body yields nothing
    async *stream() {
      if (bytes.length > 0) yield bytes
    },
    trailers: () => NO_TRAILERS,
  }
}
