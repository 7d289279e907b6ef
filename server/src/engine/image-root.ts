// What an unpacked image must be before it becomes the root of cells, whoever unpacked it: only files, folders and links,
// within bounds, nobody's privileges in any mode, and real places wherever something is mounted. Links of an image may lead
// anywhere; they are followed in a cell, where there is nothing but the image.
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { IMAGE_MOUNTPOINTS, PRELOAD_FILE } from './launcher/image-mounts.ts'
import { IMAGE_BYTES_MAX, IMAGE_ENTRIES_MAX } from './limits.ts'

/** An image that cells cannot have as their root; the message says why. */
export class BadImageError extends Error {
  override readonly name = 'BadImageError'
}

export interface RootSize {
  readonly bytes: number
  readonly entries: number
}

/** What an image may hold. */
export const IMAGE_BOUNDS: RootSize = { bytes: IMAGE_BYTES_MAX, entries: IMAGE_ENTRIES_MAX }

/** No setuid, setgid or sticky bit, and nobody but the owner writes. */
const MODE_MASK = 0o755
const FOLDER_MODE_MIN = 0o700
const FILE_MODE_MIN = 0o400

/** Makes the tree below `root` a root for cells; takes as long as that takes. Throws BadImageError. */
export function prepareRoot(root: string, bounds = IMAGE_BOUNDS): RootSize {
  for (const name of IMAGE_MOUNTPOINTS.folders) makeFolder(root, name)
  for (const name of IMAGE_MOUNTPOINTS.files) makeFile(root, name)
  rmSync(join(root, PRELOAD_FILE), { recursive: true, force: true })
  let bytes = 0
  let entries = 0
  for (const { path, stats } of walk(root)) {
    if (++entries > bounds.entries) throw new BadImageError(`more than ${bounds.entries} files`)
    bytes += protect(root, path, stats)
    if (bytes > bounds.bytes) throw new BadImageError(`more than ${bounds.bytes} bytes unpacked`)
  }
  return { bytes, entries }
}

/** Answers how many bytes the entry takes. */
function protect(root: string, path: string, stats: Stats): number {
  if (stats.isSymbolicLink()) return 0
  if (!stats.isFile() && !stats.isDirectory())
    throw new BadImageError(`${path.slice(root.length)} is neither a file nor a folder nor a link`)
  const least = stats.isDirectory() ? FOLDER_MODE_MIN : FILE_MODE_MIN
  const mode = (stats.mode & MODE_MASK) | least
  if ((stats.mode & 0o7777) !== mode) chmodSync(path, mode)
  // A file under several names is there once.
  return stats.isFile() ? stats.size / stats.nlink : 0
}

/** A folder that is there, with all above it; a link or a file on the way is refused. */
function makeFolder(root: string, name: string): void {
  let path = root
  for (const part of name.split('/')) {
    path = join(path, part)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) mkdirSync(path, { mode: 0o755 })
    else if (!stats.isDirectory())
      throw new BadImageError(`${path.slice(root.length)} must be a folder, since something is mounted there`)
  }
}

/** An empty file in place of whatever is there. */
function makeFile(root: string, name: string): void {
  makeFolder(root, dirname(name))
  const path = join(root, name)
  rmSync(path, { recursive: true, force: true })
  writeFileSync(path, '', { flag: 'wx', mode: 0o644 })
}

/** Every entry of a tree, the root first. Links are not followed. */
function* walk(root: string): Generator<{ readonly path: string; readonly stats: Stats }> {
  const left = [root]
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const stats = lstatSync(path)
    yield { path, stats }
    if (stats.isDirectory()) for (const name of readdirSync(path)) left.push(join(path, name))
  }
}
