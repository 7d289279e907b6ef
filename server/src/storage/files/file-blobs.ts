// The files driver of the Blobs port. Layout below its folder:
//
//   objects/<first 4 of the id>/<id>   complete blobs, never changed
//   tmp/<id>                           puts under way; whatever a killed process left is removed at the next start
//   trash/<name>                       what `clear` moved away, being removed
//
// A put writes a temporary file, syncs it, renames it into place and syncs the folder; only then it resolves. So a blob
// under its id is whole. Puts that are near each other in time share a folder and so the sync of it.
//
// Where it is told of the disk (`space`), it takes no bytes while that has little room: what is left is for deletions.
//
// When a sync fails the driver takes no more puts: a second sync may succeed falsely. Reads go on.
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { systemClock, type Clock } from '#base/clock.ts'
import { randomHex } from '#base/ids.ts'
import {
  type BlobFile,
  BlobMissingError,
  type BlobId,
  type BlobRange,
  type BlobReading,
  type BlobWriting,
  type Blobs,
  type StoredBlob,
} from '../blobs.ts'
import type { DiskSpace } from '../disk/disk-space.ts'
import { DiskFullError, StoreClosedError } from '../store.ts'
import { openBlob, readBlob } from './blob-reader.ts'
import { writeBlob } from './blob-writer.ts'
import { blobErrorOf, errorCode, SyncFailedError } from './disk-errors.ts'
import { FolderSync, syncFolder } from './folder-sync.ts'
import { FOLDER_PUTS_MAX } from './limits.ts'

export interface FileBlobsOptions {
  /** Made when missing. Nobody else may write there. */
  readonly folder: string
  readonly clock?: Clock
  readonly space?: DiskSpace
}

const FOLDER_ID_BYTES = 2
const REST_ID_BYTES = 14
const FOLDER_NAME_LENGTH = FOLDER_ID_BYTES * 2
const ID_FORM = /^[0-9a-f]{32}$/

/** Opens the blobs, and removes what puts that were killed left behind. */
export async function openFileBlobs(options: FileBlobsOptions): Promise<Blobs> {
  const folder = resolve(options.folder)
  for (const name of ['objects', 'tmp', 'trash']) await mkdir(join(folder, name), { recursive: true })
  for (const made of [folder, dirname(folder)]) await syncFolder(made)
  for (const name of ['tmp', 'trash'])
    for (const entry of await readdir(join(folder, name))) await rm(join(folder, name, entry), { recursive: true })
  return new FileBlobs(folder, options.clock ?? systemClock, options.space)
}

class FileBlobs implements Blobs {
  readonly #root: string
  readonly #objects: string
  readonly #tmp: string
  readonly #trash: string
  readonly #clock: Clock
  readonly #space: DiskSpace | undefined
  readonly #folderSync = new FolderSync()
  // Folders that are there, or being made.
  readonly #folders = new Map<string, Promise<void>>()
  // Where new blobs go: the first part of their ids.
  #current = randomHex(FOLDER_ID_BYTES)
  #putsInCurrent = 0
  readonly #underWay = new Set<Promise<unknown>>()
  #failure: Error | undefined
  #isClosed = false

  constructor(folder: string, clock: Clock, space: DiskSpace | undefined) {
    this.#root = folder
    this.#objects = join(folder, 'objects')
    this.#tmp = join(folder, 'tmp')
    this.#trash = join(folder, 'trash')
    this.#clock = clock
    this.#space = space
  }

  put(source: Uint8Array | AsyncIterable<Uint8Array>, writing?: BlobWriting): Promise<StoredBlob> {
    return this.#track(this.#put(source, writing))
  }

  async #put(source: Uint8Array | AsyncIterable<Uint8Array>, writing?: BlobWriting): Promise<StoredBlob> {
    this.#demandWritable()
    this.#space?.demandRoom()
    const id = this.#newId()
    const temporary = join(this.#tmp, id)
    try {
      const { size, crc32 } = await writeBlob(temporary, source, writing, () => this.#space?.demandRoom())
      await this.#moveIntoPlace(temporary, id)
      // A sync that failed beside this one may have taken along what this one believes to be on disk.
      this.#demandSound()
      return { id, size, crc32 }
    } catch (error) {
      if (error instanceof SyncFailedError) this.#failure ??= error
      // Best effort: what stays is removed at the next start.
      await rm(temporary, { force: true }).catch(() => undefined)
      const told = blobErrorOf(error)
      if (told instanceof DiskFullError && this.#space?.isLow === false) this.#space.sawFull()
      throw told
    }
  }

  async #moveIntoPlace(temporary: string, id: BlobId): Promise<void> {
    const folder = this.#folderOf(id)
    await this.#ensureFolder(folder)
    try {
      await rename(temporary, this.#pathOf(id))
    } catch (error) {
      // `clear` took the folder away.
      if (errorCode(error) !== 'ENOENT') throw error
      this.#folders.delete(folder)
      await this.#ensureFolder(folder)
      await rename(temporary, this.#pathOf(id))
    }
    await this.#folderSync.sync(folder)
  }

  /** Resolves when the folder is there, and on disk. */
  #ensureFolder(folder: string): Promise<void> {
    let made = this.#folders.get(folder)
    if (!made) {
      made = this.#makeFolder(folder)
      made.catch(() => this.#folders.delete(folder))
      this.#folders.set(folder, made)
    }
    return made
  }

  async #makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true })
    await this.#folderSync.sync(this.#objects)
    // `clear` leaves this to the first put after it.
    await this.#folderSync.sync(this.#root)
  }

  async *get(id: BlobId, range?: BlobRange, reading?: BlobReading): AsyncGenerator<Uint8Array, void, void> {
    this.#demandOpen()
    yield* readBlob(this.#pathOf(id), range, reading)
  }

  async openFile(id: BlobId): Promise<BlobFile> {
    this.#demandOpen()
    const file = await openBlob(this.#pathOf(id))
    return { descriptor: file.fd, close: () => file.close() }
  }

  concat(ids: readonly BlobId[]): Promise<StoredBlob> {
    return this.put(this.#chain(ids))
  }

  async *#chain(ids: readonly BlobId[]): AsyncGenerator<Uint8Array, void, void> {
    for (const id of ids) yield* this.get(id)
  }

  async delete(id: BlobId): Promise<void> {
    this.#demandOpen()
    // An id that is none names nothing, so there is nothing to delete.
    if (ID_FORM.test(id)) await rm(this.#pathOf(id), { force: true })
  }

  sweep(isReferenced: (id: BlobId) => Promise<boolean>, graceMs: number): Promise<number> {
    this.#demandOpen()
    return this.#track(this.#sweep(isReferenced, graceMs))
  }

  async #sweep(isReferenced: (id: BlobId) => Promise<boolean>, graceMs: number): Promise<number> {
    const newestMs = this.#clock.nowMs() - graceMs
    let removed = 0
    for (const folder of await readdir(this.#objects)) {
      for (const id of await readdir(join(this.#objects, folder))) {
        if (this.#isClosed) return removed
        if (!ID_FORM.test(id) || !(await this.#isOlder(id, newestMs)) || (await isReferenced(id))) continue
        await this.delete(id)
        removed++
      }
    }
    return removed
  }

  async #isOlder(id: BlobId, newestMs: number): Promise<boolean> {
    try {
      return (await stat(this.#pathOf(id))).mtimeMs < newestMs
    } catch (error) {
      // Deleted meanwhile.
      if (errorCode(error) === 'ENOENT') return false
      throw error
    }
  }

  async clear(): Promise<void> {
    this.#demandOpen()
    const trash = join(this.#trash, randomHex(REST_ID_BYTES))
    // Not synced: what a crash brings back nothing refers to, so it is swept.
    await rename(this.#objects, trash)
    this.#folders.clear()
    await mkdir(this.#objects, { recursive: true })
    // Removing takes time that nobody needs to wait for; what a crash leaves is removed at the next start.
    void this.#track(rm(trash, { recursive: true })).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
  }

  #newId(): BlobId {
    if (this.#putsInCurrent === FOLDER_PUTS_MAX) {
      this.#current = randomHex(FOLDER_ID_BYTES)
      this.#putsInCurrent = 0
    }
    this.#putsInCurrent++
    return this.#current + randomHex(REST_ID_BYTES)
  }

  #folderOf(id: BlobId): string {
    return join(this.#objects, id.slice(0, FOLDER_NAME_LENGTH))
  }

  /** Where a blob is. Throws BlobMissingError for an id that the driver cannot have made: nothing of it reaches a path. */
  #pathOf(id: BlobId): string {
    if (!ID_FORM.test(id)) throw new BlobMissingError('there is no such blob')
    return join(this.#folderOf(id), id)
  }

  /** Lets `close` wait for it. */
  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  #demandOpen(): void {
    if (this.#isClosed) throw new StoreClosedError('the blobs are closed')
  }

  #demandWritable(): void {
    this.#demandOpen()
    this.#demandSound()
  }

  #demandSound(): void {
    if (this.#failure) throw new StoreClosedError('the blobs take no more puts', { cause: this.#failure })
  }
}
