// An image in the form that the engine takes.
import type { CodePackage } from '#engine/engine.ts'
import { IMAGE_BOUNDS, type RootSize } from '#engine/image-root.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { StoredImage } from './image-record.ts'
import { unpackInThread } from './unpack-thread/unpack-in-thread.ts'

/** Its unpacking throws ImageFault. */
export function imagePackage(
  blobs: Blobs,
  { digest, layers }: Pick<StoredImage, 'digest' | 'layers'>,
  bounds: RootSize = IMAGE_BOUNDS,
): CodePackage {
  return {
    id: digest,
    size: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    unpack: (folder, signal) => unpackInThread(blobs, { folder, layers, bounds }, signal),
  }
}
