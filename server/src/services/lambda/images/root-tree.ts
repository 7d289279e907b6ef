// A root file system while it is made of layers. Links of an image may lead anywhere; on the way to a folder they are
// followed as they would be below the image's own root, so that nothing is written outside. Nobody else changes the tree
// meanwhile. Everything is done at once, however long it takes: for a thread that has nothing else to do.
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ImageFault } from './image-fault.ts'
import { LINK_HOPS_MAX } from './limits.ts'

const FOLDER_MODE = 0o755
/** Whoever unpacks must be able to go on, and to take the tree away. */
const FOLDER_MODE_MIN = 0o700
const MODE_MASK = 0o755

export class RootTree {
  readonly #root: string
  /** Known to be there and to be folders, by their paths from the root. */
  readonly #folders = new Set<string>([''])
  /** What the layer in hand has put there, with all folders above. */
  #fresh = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Another layer begins. */
  nextLayer(): void {
    this.#fresh = new Set()
  }

  /** Where a new file goes: its place is free, its folder there. */
  placeFile(path: readonly string[]): string {
    const place = this.#placeOf(path)
    this.#clear(place)
    return join(this.#root, place)
  }

  folder(path: readonly string[], mode: number): void {
    const place = path.length === 0 ? '' : this.#placeOf(path)
    const there = place === '' || this.#statOf(place)?.isDirectory() === true
    if (!there) {
      this.#clear(place)
      mkdirSync(join(this.#root, place))
    }
    chmodSync(join(this.#root, place), (mode & MODE_MASK) | FOLDER_MODE_MIN)
    this.#folders.add(place)
  }

  link(path: readonly string[], target: string): void {
    symlinkSync(target, this.placeFile(path))
  }

  /** Throws ImageFault when the target is not there. */
  hardLink(path: readonly string[], target: readonly string[]): void {
    const name = target.at(-1)
    const source = name === undefined ? undefined : join(this.#resolve(target.slice(0, -1)), name)
    const stats = source === undefined ? undefined : this.#statOf(source)
    if (source === undefined || stats === undefined || stats.isDirectory())
      throw new ImageFault(`${path.join('/')} is another name of ${target.join('/')}, which is no file`)
    const place = this.#placeOf(path)
    if (place === source) return
    if (source.startsWith(`${place}/`)) throw new ImageFault(`${path.join('/')} is another name of a file below it`)
    this.#clear(place)
    linkSync(join(this.#root, source), join(this.#root, place))
  }

  /** Takes away what a lower layer has put there; undone by nothing. */
  whiteOut(path: readonly string[]): void {
    this.#remove(join(this.#resolve(path.slice(0, -1)), path.at(-1) ?? ''))
  }

  /** The same for everything in a folder. */
  whiteOutAll(folder: readonly string[]): void {
    const place = this.#resolve(folder)
    for (const name of readdirSync(join(this.#root, place))) this.#remove(join(place, name))
  }

  /** Where a name of the layer in hand is, without a link on the way. */
  #placeOf(path: readonly string[]): string {
    const name = path.at(-1)
    if (name === undefined) throw new ImageFault('the root of the image is no folder')
    const place = join(this.#resolve(path.slice(0, -1)), name)
    for (let above = place; above !== '.' && !this.#fresh.has(above); above = dirname(above)) this.#fresh.add(above)
    return place
  }

  /** The folder at the end of a path, made where it is missing. */
  #resolve(path: readonly string[]): string {
    const whole = path.join('/')
    if (this.#folders.has(whole)) return whole
    const left = [...path]
    let place = ''
    for (let hops = 0; left.length > 0;) {
      const step = left.shift() ?? ''
      if (step === '' || step === '.') continue
      if (step === '..') {
        place = place.slice(0, Math.max(0, place.lastIndexOf('/')))
        continue
      }
      const next = join(place, step)
      const stats = this.#folders.has(next) ? 'known' : this.#statOf(next)
      if (stats === undefined) mkdirSync(join(this.#root, next), { mode: FOLDER_MODE })
      else if (stats !== 'known' && stats.isSymbolicLink()) {
        if (++hops > LINK_HOPS_MAX) throw new ImageFault(`${whole} leads through too many links`)
        const target = readlinkSync(join(this.#root, next))
        if (target.startsWith('/')) place = ''
        left.unshift(...target.split('/'))
        continue
      } else if (stats !== 'known' && !stats.isDirectory()) throw new ImageFault(`${next} is both a file and a folder`)
      this.#folders.add(next)
      place = next
    }
    return place
  }

  /** Makes a place free, whatever is there. */
  #clear(place: string): void {
    if (place === '') throw new ImageFault('the root of the image is no folder')
    this.#remove(place, 'all')
  }

  /** Without `all`, what the layer in hand has put there itself stays. */
  #remove(place: string, which: 'all' | 'lower' = 'lower'): void {
    const stats = this.#statOf(place)
    if (stats === undefined) return
    const stays = which === 'lower' && this.#fresh.has(place)
    const path = join(this.#root, place)
    if (!stats.isDirectory()) return stays ? undefined : unlinkSync(path)
    for (const name of readdirSync(path)) this.#remove(join(place, name), which)
    if (stays) return
    rmdirSync(path)
    this.#folders.delete(place)
  }

  #statOf(place: string): ReturnType<typeof lstatSync> {
    return lstatSync(join(this.#root, place), { throwIfNoEntry: false })
  }
}
