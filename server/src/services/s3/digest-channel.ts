// What the main thread and the digest thread say to each other. Bytes travel through shared buffers: a buffer belongs to
// the digest thread from `update` until its `taken`.
import type { ChecksumAlgorithm } from './checksum.ts'

/** `body` is a number that the main thread gives to each body under way. */
export type DigestRequest =
  | { readonly kind: 'begin'; readonly body: number; readonly algorithms: readonly ChecksumAlgorithm[] }
  | { readonly kind: 'update'; readonly body: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly body: number }
  | { readonly kind: 'drop'; readonly body: number }

export type DigestAnswer =
  | { readonly kind: 'taken'; readonly body: number }
  | {
      readonly kind: 'digests'
      readonly body: number
      readonly md5: string
      readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
    }
