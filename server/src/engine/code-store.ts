// Unpacked code packages, one immutable tree each. A cell gets its code into a folder that it already has mounted. The few
// files of a small package are linked there. Of a large one spare copies are made of hard links: one takes the folder's place
// by a rename (0.1 ms, however many files), and comes back when the cell is gone: the cell saw it read-only, so it is as good
// as new.
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { randomHex } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { unpackingError } from './disk-full.ts'
import type { CodePackage, FunctionVersion } from './engine.ts'
import type { ImageStore } from './image-store.ts'
import { LINKED_AT_ONCE_MAX, PACKAGES_MAX, PACKAGE_FILES_MAX, REFILL_AFTER_MS, SPARES_MAX } from './limits.ts'
import { removeTree } from './remove-tree.ts'

/** Files linked before other work gets its turn. */
const LINKS_PER_TURN = 64

const PACKAGE_ID = /^[0-9a-f]{64}$/

/** The code of a version. */
type Packages = Pick<FunctionVersion, 'code' | 'layers' | 'root'>

/** What is put into a version's cell, by the name of its folder there. A root file system is there from the boot on. */
export function packagesOf(version: Packages): readonly (readonly [folder: string, code: CodePackage])[] {
  if (version.root) return []
  return version.layers === undefined
    ? [['task', version.code]]
    : [
        ['task', version.code],
        ['opt', version.layers],
      ]
}

interface Unpacked {
  readonly id: string
  readonly folder: string
  /** All of a small package, paths from its root; undefined for a large one, which has spares. */
  readonly entries: readonly Entry[] | undefined
  readonly spares: string[]
  /** Spares being made. */
  making: number
  next: number
}

export class CodeStore {
  readonly images: ImageStore
  readonly #folder: string
  readonly #discardedFolder: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #packages: LRUCache<string, Unpacked>
  readonly #unpacking = new Map<string, Promise<Unpacked>>()

  /** Begins empty: what a former life left may be torn, and comes back from the package when it is needed. */
  constructor(clock: Clock, log: Log, folder: string, images: ImageStore) {
    this.images = images
    this.#clock = clock
    this.#folder = join(folder, 'live')
    this.#discardedFolder = join(folder, 'discarded')
    this.#log = log
    mkdirSync(this.#discardedFolder, { recursive: true })
    for (const name of readdirSync(this.#discardedFolder)) this.#remove(join(this.#discardedFolder, name))
    if (existsSync(this.#folder)) this.#discard(this.#folder)
    mkdirSync(this.#folder, { mode: 0o755 })
    this.#packages = new LRUCache({ max: PACKAGES_MAX, dispose: (unpacked) => this.#discard(unpacked.folder) })
  }

  /** Whether `place` will not wait for an unpacking of anything that the version needs. */
  has(version: Packages): boolean {
    if (version.root) return this.images.has(version.code.id)
    return this.#packages.has(version.code.id) && (!version.layers || this.#packages.has(version.layers.id))
  }

  /** Unpacks what is not there yet. Rejects with what `unpack` throws, and DiskFullError. */
  async ensure(version: Packages): Promise<void> {
    if (version.root) return this.images.ensure(version.code)
    await Promise.all(packagesOf(version).map(([, code]) => this.#ensured(code)))
  }

  /** Puts a copy of the code at `target`, which is an empty folder or does not exist. */
  async place(code: CodePackage, target: string): Promise<void> {
    const unpacked = this.#packages.get(code.id) ?? (await this.#ensured(code))
    if (placedAtOnce(unpacked, target)) return
    renameSync(unpacked.spares.pop() ?? (await makeSpare(unpacked)), target)
    this.#refillSoon(unpacked)
  }

  /** The same without waiting; false when that is not possible. */
  placeNow(code: CodePackage, target: string): boolean {
    const unpacked = this.#packages.get(code.id)
    if (!unpacked) return false
    if (placedAtOnce(unpacked, target)) return true
    const spare = unpacked.spares.pop()
    if (spare === undefined) return false
    renameSync(spare, target)
    this.#refillSoon(unpacked)
    return true
  }

  /** Takes a copy back from the folder of a cell that has ended, if it is worth keeping. */
  giveBack(code: CodePackage, target: string): void {
    const unpacked = this.#packages.get(code.id)
    if (!unpacked || unpacked.entries || unpacked.spares.length >= SPARES_MAX) return
    const spare = join(unpacked.folder, `spare-${unpacked.next++}`)
    renameSync(target, spare)
    unpacked.spares.push(spare)
  }

  /** Forgets everything at once; the files go in the background. */
  clear(): void {
    this.#packages.clear()
    this.images.clear()
  }

  async #ensured(code: CodePackage): Promise<Unpacked> {
    const known = this.#packages.get(code.id)
    if (known) return known
    const underWay = this.#unpacking.get(code.id)
    if (underWay) return underWay
    const work = this.#unpack(code).finally(() => this.#unpacking.delete(code.id))
    this.#unpacking.set(code.id, work)
    return work
  }

  async #unpack(code: CodePackage): Promise<Unpacked> {
    if (!PACKAGE_ID.test(code.id)) throw new Error(`not a package id: ${code.id}`)
    const folder = join(this.#folder, code.id)
    await removeTree(folder)
    const tree = join(folder, 'tree')
    mkdirSync(tree, { recursive: true })
    try {
      await code.unpack(tree)
      const entries = (await protect(tree)) <= LINKED_AT_ONCE_MAX ? Array.from(walk(tree, '')) : undefined
      const unpacked: Unpacked = { id: code.id, folder, entries, spares: [], making: 0, next: 0 }
      if (!entries) await this.#addSpare(unpacked)
      this.#packages.set(code.id, unpacked)
      return unpacked
    } catch (error) {
      await removeTree(folder)
      throw unpackingError(error)
    }
  }

  /** Not now: the invocation that took the spare goes first. */
  #refillSoon(unpacked: Unpacked): void {
    this.#clock.after(REFILL_AFTER_MS, () => {
      if (unpacked.spares.length + unpacked.making < 1 && this.#packages.peek(unpacked.id) === unpacked)
        void this.#addSpare(unpacked)
    })
  }

  async #addSpare(unpacked: Unpacked): Promise<void> {
    unpacked.making++
    try {
      unpacked.spares.push(await makeSpare(unpacked))
    } catch (error) {
      // The next assignment makes its own copy, and reports its own failure.
      this.#log.warn('spare-copy-failed', { error })
    } finally {
      unpacked.making--
    }
  }

  /** Takes a folder out of use at once; its files go in the background. */
  #discard(folder: string): void {
    const aside = join(this.#discardedFolder, randomHex(8))
    renameSync(folder, aside)
    this.#remove(aside)
  }

  #remove(folder: string): void {
    removeTree(folder).catch((error: unknown) => this.#log.warn('code-not-removed', { error }))
  }
}

/** Small packages only: links every file into `target`, which is made if it is not there. */
function placedAtOnce({ entries }: Unpacked, target: string): boolean {
  if (!entries) return false
  for (const { from, to, kind } of entries)
    if (to !== '' || !existsSync(target)) copyEntry(from, join(target, to), kind)
  return true
}

async function makeSpare(unpacked: Unpacked): Promise<string> {
  const spare = join(unpacked.folder, `spare-${unpacked.next++}`)
  let links = 0
  for (const { from, to, kind } of walk(join(unpacked.folder, 'tree'), spare)) {
    copyEntry(from, to, kind)
    if (++links % LINKS_PER_TURN === 0) await nextTurn()
  }
  return spare
}

function copyEntry(from: string, to: string, kind: Entry['kind']): void {
  if (kind === 'folder') mkdirSync(to, { mode: 0o755 })
  else if (kind === 'link') symlinkSync(readlinkSync(from), to)
  else linkSync(from, to)
}

/** Makes the tree read-only and readable for every user id: cells have ids of their own. Returns the number of entries. */
async function protect(tree: string): Promise<number> {
  let files = 0
  for (const { from, kind } of walk(tree, tree)) {
    if (kind === 'folder') chmodSync(from, 0o755)
    else if (kind === 'file') chmodSync(from, (lstatSync(from).mode & 0o111) === 0 ? 0o444 : 0o555)
    if (++files > PACKAGE_FILES_MAX) throw new Error(`a package of more than ${PACKAGE_FILES_MAX} files`)
    if (files % LINKS_PER_TURN === 0) await nextTurn()
  }
  return files
}

interface Entry {
  readonly from: string
  readonly to: string
  readonly kind: 'folder' | 'file' | 'link'
}

/** Every entry of a tree, folders before what is in them. Links are not followed. */
function* walk(from: string, to: string): Generator<Entry> {
  yield { from, to, kind: 'folder' }
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const paths = { from: join(from, entry.name), to: join(to, entry.name) }
    if (entry.isDirectory()) yield* walk(paths.from, paths.to)
    else if (entry.isSymbolicLink()) yield { ...paths, kind: 'link' }
    else if (entry.isFile()) yield { ...paths, kind: 'file' }
  }
}
