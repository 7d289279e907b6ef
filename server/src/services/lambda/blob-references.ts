// Which blobs hold what a function, a layer or an image still needs; the sweep of blobs asks.
import type { BlobId } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import { functions, versions } from './function-record.ts'
import { images, uploads } from './images/image-record.ts'
import { layerVersions } from './layer-record.ts'

/** Whether a function, at $LATEST or a published version, a layer or an image has its bytes in this blob. */
export async function isCodeBlob(store: Store, id: BlobId): Promise<boolean> {
  for (const collection of [functions, versions, layerVersions, images, uploads])
    if ((await collection.listIndex(store, 'blob', { prefix: [id] }, { limit: 1 })).length > 0) return true
  return false
}
