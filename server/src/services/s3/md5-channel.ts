// What the main thread and the MD5 thread say to each other. Bytes travel through shared buffers: a buffer belongs to the
// MD5 thread from `update` until its `taken`.

/** `body` is a number that the main thread gives to each body under way. */
export type Md5Request =
  | { readonly kind: 'begin' | 'end' | 'drop'; readonly body: number }
  | { readonly kind: 'update'; readonly body: number; readonly bytes: Uint8Array }

export type Md5Answer =
  | { readonly kind: 'taken'; readonly body: number }
  /** Lower-case hexadecimal. */
  | { readonly kind: 'ended'; readonly body: number; readonly md5: string }
