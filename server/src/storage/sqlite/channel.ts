// What the calling thread and the writer thread say to each other. One request is under way at a time.

export type WriterRequest =
  | { readonly kind: 'apply'; readonly buffer: ArrayBuffer; readonly commits: number; readonly appends: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'close' }

export type WriterAnswer =
  | { readonly kind: 'ready' }
  /** The file cannot be opened; the operator can mend it. */
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string }
  /** On disk. `results`: see applier.ts. */
  | { readonly kind: 'applied'; readonly buffer: ArrayBuffer; readonly results: Float64Array<ArrayBuffer> }
  /** The disk is full: nothing of the batch was written. */
  | { readonly kind: 'full'; readonly buffer: ArrayBuffer | undefined; readonly message: string }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'closed' }
  /** The file cannot be trusted any more: nothing will be acknowledged from now on. */
  | { readonly kind: 'failed'; readonly error: unknown }

export interface WriterData {
  readonly path: string
  readonly fileBytesMax: number | undefined
}
