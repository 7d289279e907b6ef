// What the main thread and a body thread say to each other. Bytes travel through the shared buffers that a body brings: a
// buffer belongs to the thread from `work` until its `done`.
import type { ChecksumAlgorithm } from '../checksum.ts'

/** What is done with a body. `frames` are numbered from its beginning; a buffer holds whole ones, but for the last. */
export type BodyTask =
  | { readonly kind: 'seal'; readonly frames: number; readonly algorithms: readonly ChecksumAlgorithm[] }
  | { readonly kind: 'open'; readonly frames: number; readonly firstFrame: number }

/** `body` is a number that the main thread gives to each body under way. */
export type BodyRequest =
  | {
      readonly kind: 'begin'
      readonly body: number
      readonly task: BodyTask
      readonly key: Uint8Array
      readonly buffers: readonly Uint8Array[]
    }
  /** The first `bytes` of a buffer are to be sealed, or opened, in their place. */
  | { readonly kind: 'work'; readonly body: number; readonly buffer: number; readonly bytes: number }
  | { readonly kind: 'end' | 'drop'; readonly body: number }

export type BodyAnswer =
  /** So many bytes of the buffer are the outcome. */
  | { readonly kind: 'done'; readonly body: number; readonly bytes: number }
  /** The digests of what was sealed: MD5 in lower-case hexadecimal, checksums in base64. */
  | {
      readonly kind: 'ended'
      readonly body: number
      readonly md5: string
      readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
    }
  /** What was to be opened is not what was sealed. */
  | { readonly kind: 'broken'; readonly body: number; readonly message: string }
