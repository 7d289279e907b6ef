// What the calling thread and the writer thread say to each other, one request being under way at a time, and what the
// thread beside the writer answers to a request, which has no words.

/** In the results of a batch: the commit was refused, since the disk has no room for it. */
export const NO_ROOM = 0

export type WriterRequest =
  | {
      readonly kind: 'apply'
      readonly buffer: ArrayBuffer
      readonly commits: number
      readonly appends: number
      /** The disk has little room: what grows the data is not wanted. */
      readonly isLow: boolean
    }
  | { readonly kind: 'clear' }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'ready' }
  /** The file cannot be opened; the operator can mend it. */
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string }
  /** On disk. `results`: see applier.ts. */
  | {
      readonly kind: 'applied'
      readonly buffer: ArrayBuffer
      readonly results: Float64Array<ArrayBuffer>
      /** The disk refused the batch as a whole. */
      readonly sawFull: boolean
      /** How much the data may still grow in the free pages of the file; undefined while the disk has room. */
      readonly growthBytes: number | undefined
    }
  /** The disk is full: nothing of the batch was written. */
  | { readonly kind: 'full'; readonly buffer: ArrayBuffer | undefined; readonly message: string }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'closed' }
  /** The file cannot be trusted any more: nothing will be acknowledged from now on. */
  | { readonly kind: 'failed'; readonly error: unknown }

export interface WriterData {
  readonly path: string
  readonly fileBytesMax: number | undefined
  readonly reservePath: string | undefined
  /** What the thread's start left in memory is given back. */
  readonly compacts: boolean
}

export type CheckpointerAnswer =
  /** What was in the log is in the database, and on disk. */
  | { readonly kind: 'passed' }
  /** The disk is full. */
  | { readonly kind: 'full' }
  /** The file cannot be trusted any more. */
  | { readonly kind: 'failed'; readonly error: unknown }

export interface CheckpointerData {
  readonly path: string
}
