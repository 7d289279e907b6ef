// Inflates the entries of a checked zip: into nothing, to prove before a deploy is acknowledged that the package can be
// unpacked, or into a folder. Sizes and checksums are checked on the way, whatever the directory claims.
import { chmod, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { LINK_TARGET_BYTES_MAX } from './limits.ts'
import { BadPackageError, type PackageDirectory, type PackageEntry } from './zip-directory.ts'

// The cell runs under another user: what is unpacked must be readable by all.
const FOLDER_MODE = 0o755
const FILE_MODE = 0o644
const EXECUTABLE_MODE = 0o755

/** Reads everything once. Throws BadPackageError when an entry is broken or a link leads out of the package. */
export async function verifyContents(directory: PackageDirectory): Promise<void> {
  const links = new Map<string, string>()
  for (const entry of directory.entries) {
    if (entry.kind === 'folder') continue
    if (entry.kind === 'link') links.set(entry.path, await linkTarget(directory, entry))
    else for await (const _ of contents(directory, entry));
  }
  for (const [path, target] of links) checkLink(path, target, links)
}

/** Writes everything below `folder`, which must be empty. Links come last, so that nothing is written through one. */
export async function unpackContents(directory: PackageDirectory, folder: string): Promise<void> {
  const links = new Map<string, string>()
  const made = new Set<string>([folder])
  for (const entry of directory.entries) {
    const path = join(folder, entry.path)
    if (entry.kind === 'link') {
      links.set(entry.path, await linkTarget(directory, entry))
      continue
    }
    await makeFolder(entry.kind === 'folder' ? path : dirname(path), made)
    if (entry.kind === 'file') await writeEntry(directory, entry, path)
  }
  for (const [path, target] of links) {
    checkLink(path, target, links)
    await makeFolder(dirname(join(folder, path)), made)
    await symlink(target, join(folder, path))
  }
}

async function makeFolder(path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return
  await makeFolder(dirname(path), made)
  await mkdir(path)
  await chmod(path, FOLDER_MODE)
  made.add(path)
}

async function writeEntry(directory: PackageDirectory, entry: PackageEntry, path: string): Promise<void> {
  // `wx`: a file that is there already means that two names fell together, which the directory check should have seen.
  const file = await open(path, 'wx', FILE_MODE)
  try {
    await file.chmod(entry.executable ? EXECUTABLE_MODE : FILE_MODE)
    for await (const chunk of contents(directory, entry)) await file.writeFile(chunk)
  } finally {
    await file.close()
  }
}

/** The bytes of an entry. Throws BadPackageError at the latest at the end when they are not what was announced. */
async function* contents({ zip }: PackageDirectory, entry: PackageEntry): AsyncGenerator<Buffer> {
  let checksum = 0
  try {
    const stream: Readable = await zip.openReadStreamPromise(entry.raw)
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  } catch (error) {
    throw new BadPackageError(`${entry.path}: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    })
  }
  if (checksum !== entry.raw.crc32) throw new BadPackageError(`${entry.path} has a wrong checksum`)
}

async function linkTarget(directory: PackageDirectory, entry: PackageEntry): Promise<string> {
  if (entry.bytes > LINK_TARGET_BYTES_MAX) throw new BadPackageError(`${entry.path} is a link with a target too long`)
  const chunks: Buffer[] = []
  for await (const chunk of contents(directory, entry)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** A link may point inside the package only, and its way may not lead through another link. */
function checkLink(path: string, target: string, links: ReadonlyMap<string, string>): void {
  const bad = (why: string): BadPackageError => new BadPackageError(`the link ${path} ${why}`)
  if (target === '' || target.includes('\0') || target.startsWith('/')) throw bad('is not relative')
  const walked = dirname(path) === '.' ? [] : dirname(path).split('/')
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue
    if (links.has(walked.join('/'))) throw bad('leads through another link')
    if (step !== '..') walked.push(step)
    else if (walked.pop() === undefined) throw bad('leads out of the package')
  }
  if (posix.join(...walked, '.') === posix.normalize(path)) throw bad('points at itself')
}
