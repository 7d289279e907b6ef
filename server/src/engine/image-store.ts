// Unpacked container images: one immutable root file system for each digest, mounted read-only by all cells that run it.
// Nothing in a cell can change one, so it serves any number of cells, and also the server's next life: what lies under
// its final name is whole, since it was renamed there, and is believed as long as the machine has not started anew, since
// only that could have torn it. An image in use stays; of the others the longest unused go when there are too many bytes.
// Whatever takes time is done by threads that live only for it, a few at once; what a closing store leaves half done goes at
// its next start.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomHex } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { unpackingError } from './disk-full.ts'
import type { CodePackage } from './engine.ts'
import type { RootSize } from './image-root.ts'
import { isImageId } from './launcher/commands.ts'
import { IMAGES_BYTES_MAX, UNPACKING_MAX, UNPACKING_WAITING_MAX } from './limits.ts'
import { prepareInThread, removeInThread } from './tree-thread.ts'

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'

interface UnpackedImage {
  readonly bytes: number
  /** Cells that have it as their root. */
  cells: number
}

export class ImageStore {
  readonly #log: Log
  readonly #bytesMax: number
  readonly #live: string
  readonly #unpackingFolder: string
  readonly #discardedFolder: string
  /** The longest unused one first. */
  readonly #images = new Map<string, UnpackedImage>()
  readonly #unpacking = new Map<string, Promise<void>>()
  /** Images whose turn to be unpacked comes when another one is done. */
  readonly #waiting: (() => void)[] = []
  #inTurn = 0
  readonly #closing = new AbortController()
  /** One after the other: nobody waits for them. */
  #removing: Promise<void> = Promise.resolve()

  /** Takes over what a former life unpacked; what it left half done goes. */
  constructor(log: Log, folder: string, bytesMax = IMAGES_BYTES_MAX) {
    this.#log = log
    this.#bytesMax = bytesMax
    this.#live = join(folder, 'live')
    this.#unpackingFolder = join(folder, 'unpacking')
    this.#discardedFolder = join(folder, 'discarded')
    for (const made of [this.#live, this.#unpackingFolder, this.#discardedFolder])
      mkdirSync(made, { recursive: true, mode: 0o755 })
    for (const leftover of [this.#unpackingFolder, this.#discardedFolder])
      for (const name of readdirSync(leftover)) this.#remove(join(leftover, name))
    this.#takeOver(join(folder, 'boot-id'))
  }

  has(id: string): boolean {
    return this.#images.has(id)
  }

  /** Unpacks the image unless it is there. Rejects with what `unpack` throws, and DiskFullError; nothing is left then, unless the store closes. */
  ensure(image: CodePackage): Promise<void> {
    if (this.#used(image.id)) return Promise.resolve()
    const underWay = this.#unpacking.get(image.id)
    if (underWay) return underWay
    const work = this.#inItsTurn(() => this.#unpack(image)).finally(() => this.#unpacking.delete(image.id))
    this.#unpacking.set(image.id, work)
    return work
  }

  /** Keeps an image for a cell until the function that comes back is called; undefined when it is not there. */
  hold(id: string): (() => void) | undefined {
    const image = this.#used(id)
    if (!image) return undefined
    image.cells++
    return () => void image.cells--
  }

  /** Takes away all images that no cell uses. */
  clear(): void {
    for (const [id, { cells }] of this.#images) if (cells === 0) this.#forget(id)
  }

  /** Ends what is under way; resolves when nothing is. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the engine closes'))
    await Promise.allSettled(this.#unpacking.values())
    await this.#removing
  }

  /** A few at once. Rejects when too many wait. */
  async #inItsTurn(work: () => Promise<void>): Promise<void> {
    if (this.#inTurn >= UNPACKING_MAX) {
      if (this.#waiting.length >= UNPACKING_WAITING_MAX)
        throw new Error(`more than ${UNPACKING_WAITING_MAX} images wait for being unpacked`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#inTurn++
    try {
      this.#closing.signal.throwIfAborted()
      await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inTurn--
    }
  }

  #used(id: string): UnpackedImage | undefined {
    const image = this.#images.get(id)
    if (!image) return undefined
    this.#images.delete(id)
    this.#images.set(id, image)
    return image
  }

  async #unpack(image: CodePackage): Promise<void> {
    const { id } = image
    if (!isImageId(id)) throw new Error(`not a digest of an image: ${image.id}`)
    const draft = join(this.#unpackingFolder, `${id}-${randomHex(8)}`)
    const root = join(draft, 'root')
    mkdirSync(root, { recursive: true, mode: 0o755 })
    try {
      const { signal } = this.#closing
      await image.unpack(root, signal)
      const size = await prepareInThread(root, signal)
      signal.throwIfAborted()
      writeFileSync(join(draft, 'size.json'), JSON.stringify(size))
      renameSync(draft, join(this.#live, id))
      this.#images.set(id, { bytes: size.bytes, cells: 0 })
      this.#makeRoom(id)
    } catch (error) {
      if (!this.#closing.signal.aborted) await removeInThread(draft, this.#closing.signal)
      throw unpackingError(error)
    }
  }

  #makeRoom(except: string): void {
    let bytes = 0
    for (const image of this.#images.values()) bytes += image.bytes
    for (const [id, image] of this.#images) {
      if (bytes <= this.#bytesMax) return
      if (image.cells > 0 || id === except) continue
      this.#forget(id)
      bytes -= image.bytes
    }
  }

  #takeOver(bootIdFile: string): void {
    const bootId = readText(BOOT_ID_FILE)
    const isSameBoot = bootId !== undefined && bootId === readText(bootIdFile)
    for (const id of readdirSync(this.#live)) {
      const size = isSameBoot && isImageId(id) ? readSize(join(this.#live, id, 'size.json')) : undefined
      if (size) this.#images.set(id, { bytes: size.bytes, cells: 0 })
      else this.#discard(id)
    }
    if (!isSameBoot) writeFileSync(bootIdFile, bootId ?? '')
  }

  #forget(id: string): void {
    this.#images.delete(id)
    this.#discard(id)
  }

  /** Takes its name away at once; the files go in the background. */
  #discard(id: string): void {
    const aside = join(this.#discardedFolder, randomHex(8))
    renameSync(join(this.#live, id), aside)
    this.#remove(aside)
  }

  #remove(folder: string): void {
    const { signal } = this.#closing
    this.#removing = this.#removing
      .then(() => removeInThread(folder, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#log.warn('image-not-removed', { error })
      })
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readSize(path: string): RootSize | undefined {
  const text = readText(path)
  // Written by a former life of this class.
  return text === undefined ? undefined : (JSON.parse(text) as RootSize)
}
