// Removes the bytes of objects and uploads that are gone. Whoever drops a reference appends to the trash log in the same
// commit; afterwards the bytes are deleted here, and then the entry. So nothing is deleted that is still referred to, and
// after a crash the log says what is left to do.
//
// Readers hold what they stream (`hold`): its bytes stay until they let go. Entries are taken in order, so the parts that
// an upload left over are gone before the manifest that tells them from the others.
import type { Log } from '#base/log.ts'
import type { Blobs } from '#storage/blobs.ts'
import { jsonCodec } from '#storage/collection.ts'
import type { Append, Key, Store } from '#storage/store.ts'
import { TRASH_BATCH } from './limits.ts'
import { parts } from './multipart-record.ts'
import { blobReferences, type BodyLocation, manifests } from './object-record.ts'

/** What may be deleted. */
type TrashItem =
  /** One blob. */
  | { readonly kind: 'blob'; readonly id: string }
  /** All blobs of a multipart object, and its manifest. */
  | { readonly kind: 'manifest'; readonly uploadId: string }
  /** All parts of an upload that are not in its manifest (all, if there is none), and every part record. */
  | { readonly kind: 'parts'; readonly uploadId: string }

export const TRASH_LOG: Key = ['s3.trash']
const codec = jsonCodec<TrashItem>(1)

/** The append that lets go of a body; undefined for an inline one, which goes with its key. */
export function trashBody(body: BodyLocation): Append | undefined {
  if (body.kind === 'inline') return undefined
  return append(body.kind === 'blob' ? { kind: 'blob', id: body.id } : { kind: 'manifest', uploadId: body.uploadId })
}

/** The append that lets go of a blob. */
export function trashBlob(id: string): Append {
  return append({ kind: 'blob', id })
}

/** The append that ends an upload: after CompleteMultipartUpload (with a manifest) or AbortMultipartUpload (without). */
export function trashParts(uploadId: string): Append {
  return append({ kind: 'parts', uploadId })
}

function append(item: TrashItem): Append {
  return { log: TRASH_LOG, value: codec.encode(item) }
}

export class Trash {
  readonly #store: Store
  readonly #blobs: Blobs
  readonly #log: Log
  readonly #held = new Map<string, number>()
  /** Held when their turn came: looked at again when they are let go. */
  readonly #passedOver = new Set<string>()
  #running: Promise<void> | undefined
  #wanted = false
  #closed = false

  constructor(store: Store, blobs: Blobs, log: Log) {
    this.#store = store
    this.#blobs = blobs
    this.#log = log
  }

  /** There is something to delete. Call after a commit that appended; and once at the start, for what a crash left. */
  wake(): void {
    this.#wanted = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#wanted && !this.#closed) this.wake()
    })
  }

  /** Resolves when nothing is being deleted. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Stops after the batch under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.idle()
  }

  /** Keeps the bytes of a body until the returned function is called (once). */
  hold(body: BodyLocation): () => void {
    const name = nameOf(body)
    if (name === undefined) return () => {}
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1)
    return () => {
      const count = (this.#held.get(name) ?? 1) - 1
      if (count > 0) this.#held.set(name, count)
      else {
        this.#held.delete(name)
        if (this.#passedOver.delete(name)) this.wake()
      }
    }
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false
      try {
        await this.#empty()
      } catch (error) {
        // Best effort: the entries stay in the log and are tried again with the next wake.
        if (!this.#closed) this.#log.warn('s3.trash.failed', { error })
      }
    }
  }

  async #empty(): Promise<void> {
    let after: Key | undefined
    for (;;) {
      const page = await this.#store.list({ prefix: TRASH_LOG, ...(after && { after }) }, { limit: TRASH_BATCH })
      for (const entry of page) {
        if (this.#closed) return
        const item = codec.decode(entry.value)
        const name = item.kind === 'blob' ? item.id : item.uploadId
        if (this.#held.has(name)) this.#passedOver.add(name)
        else await this.#remove(item, entry.key)
        after = entry.key
      }
      if (page.length < TRASH_BATCH) return
    }
  }

  async #remove(item: TrashItem, entry: Key): Promise<void> {
    switch (item.kind) {
      case 'blob':
        await this.#blobs.delete(item.id)
        await this.#store.commit({ deletes: [blobReferences.keyOf([item.id]), entry] })
        return
      case 'manifest':
        await this.#removeManifest(item.uploadId)
        await this.#store.commit({ deletes: [manifests.keyOf([item.uploadId]), entry] })
        return
      case 'parts':
        await this.#removeParts(item.uploadId)
        await this.#store.commit({ deletes: [entry] })
        return
    }
  }

  async #removeManifest(uploadId: string): Promise<void> {
    const manifest = await manifests.get(this.#store, [uploadId])
    const ids = manifest?.value.parts.map((part) => part.blob) ?? []
    for (let start = 0; start < ids.length; start += TRASH_BATCH) {
      const batch = ids.slice(start, start + TRASH_BATCH)
      for (const id of batch) await this.#blobs.delete(id)
      await this.#store.commit({ deletes: batch.map((id) => blobReferences.keyOf([id])) })
    }
  }

  async #removeParts(uploadId: string): Promise<void> {
    const manifest = await manifests.get(this.#store, [uploadId])
    const kept = new Set(manifest?.value.parts.map((part) => part.blob))
    for (;;) {
      const page = await parts.list(this.#store, { prefix: [uploadId] }, { limit: TRASH_BATCH })
      if (page.length === 0) return
      const deletes: Key[] = []
      for (const part of page) {
        deletes.push(parts.keyOf(part.key))
        if (kept.has(part.value.blob)) continue
        await this.#blobs.delete(part.value.blob)
        deletes.push(blobReferences.keyOf([part.value.blob]))
      }
      await this.#store.commit({ deletes })
    }
  }
}

function nameOf(body: BodyLocation): string | undefined {
  if (body.kind === 'inline') return undefined
  return body.kind === 'blob' ? body.id : body.uploadId
}
