// What the main thread and a body thread say to each other. Bytes travel in buffers that change hands: with `work` a buffer is the
// thread's, with its `done` the main thread's again. Nobody can touch what the other one has. (Memory that both had would be
// copied into word by word, four times slower.)
import type { ChecksumAlgorithm } from '../checksum.ts'

/** What is done with a body. `frames` are numbered from its beginning; a buffer holds whole ones, but for the last. */
export type BodyTask =
  | { readonly kind: 'seal'; readonly frames: number; readonly algorithms: readonly ChecksumAlgorithm[] }
  /** `file`: the descriptor by which the sealed form is read. It stays open until all that was asked for was answered. */
  | { readonly kind: 'open'; readonly frames: number; readonly firstFrame: number; readonly file: number }

/** The digests of what was sealed: MD5 in lower-case hexadecimal, checksums in base64. */
export interface SealedDigests {
  readonly md5: string
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
  /** Of the sealed form. */
  readonly sealedCrc32: number
}

/** `body` is a number that the main thread gives to each body under way. */
export type BodyRequest =
  | {
      readonly kind: 'begin'
      readonly body: number
      readonly task: BodyTask
      readonly key: Uint8Array
    }
  /** The first `bytes` of the memory are to be sealed in their place; or so many of the file are to be read there and opened. */
  | { readonly kind: 'work'; readonly body: number; readonly memory: ArrayBuffer; readonly bytes: number }
  | { readonly kind: 'end' | 'drop'; readonly body: number }

export type BodyAnswer =
  /** So many bytes of the memory are the outcome. */
  | { readonly kind: 'done'; readonly body: number; readonly memory: ArrayBuffer; readonly bytes: number }
  | ({ readonly kind: 'ended'; readonly body: number } & SealedDigests)
  /** What was to be opened is not what was sealed. */
  | { readonly kind: 'broken'; readonly body: number; readonly message: string }
  /** The file could not be read. */
  | { readonly kind: 'failed'; readonly body: number; readonly message: string }
