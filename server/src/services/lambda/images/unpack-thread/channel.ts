// What the main thread and an unpacking thread say to each other. The bytes of layers are the main thread's to read, since
// Blobs is a port; they go over in pieces, the next one when it is asked for.
import type { RootSize } from '#engine/image-root.ts'
import type { StoredLayer } from '../image-record.ts'

export interface UnpackTask {
  /** Empty, and nobody else's. */
  readonly folder: string
  readonly layers: readonly StoredLayer[]
  readonly bounds: RootSize
}

export type UnpackRequest =
  /** The first piece of a layer, by its number; the rest of the one before is not wanted. */
  | { readonly kind: 'begin'; readonly layer: number }
  | { readonly kind: 'next' }
  /** The image is at fault, and this is why. The last thing that is said. */
  | { readonly kind: 'fault'; readonly message: string }

/** Nothing when the layer is over. */
export type UnpackPiece = Uint8Array | undefined
