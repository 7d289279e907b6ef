// Which blobs hold packages that a function or a layer still needs; the sweep of blobs asks.
import type { BlobId } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import { functions, versions } from './function-record.ts'
import { layerVersions } from './layer-record.ts'

/** Whether some function, at $LATEST or a published version, or some layer has its package in this blob. */
export async function isCodeBlob(store: Store, id: BlobId): Promise<boolean> {
  for (const collection of [functions, versions, layerVersions])
    if ((await collection.listIndex(store, 'blob', { prefix: [id] }, { limit: 1 })).length > 0) return true
  return false
}
