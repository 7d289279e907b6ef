// Reads the directory of a zip and refuses what must never be unpacked: names that lead out of the folder, links that
// do, special files, names that contradict each other, encrypted content, and bombs. Nothing is inflated here.
import { Readable } from 'node:stream'
import { type Entry, fromBufferPromise, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import type { BlobId, Blobs } from '#storage/blobs.ts'
import { UNZIPPED_BYTES_MAX, ZIP_ENTRIES_MAX, ZIP_RATIO_FLOOR_BYTES, ZIP_RATIO_MAX } from './limits.ts'

/** A package that is broken or not safe; the message says what is wrong with which entry. */
export class BadPackageError extends Error {
  override readonly name = 'BadPackageError'
}

/** A package that is larger than a function may be, unpacked. */
export class PackageTooLargeError extends Error {
  override readonly name = 'PackageTooLargeError'
}

export interface PackageEntry {
  readonly kind: 'file' | 'folder' | 'link'
  /** Relative, with `/`, without `.` and `..`. */
  readonly path: string
  readonly executable: boolean
  readonly bytes: number
  readonly raw: Entry
}

export interface PackageDirectory {
  readonly zip: ZipFile
  readonly entries: readonly PackageEntry[]
  readonly unpackedBytes: number
}

const MODE_KIND = 0o170000
const MODE_LINK = 0o120000
const MODE_FOLDER = 0o040000
const MODE_FILE = 0o100000
const MADE_BY_UNIX = 3
const NAME_BYTES_MAX = 255
const PATH_BYTES_MAX = 3072

/** Opens a zip that is in memory. Throws BadPackageError or PackageTooLargeError. The caller closes `zip`. */
export async function openPackage(bytes: Buffer): Promise<PackageDirectory> {
  return readDirectory(await opened(fromBufferPromise(bytes, { autoClose: false })), bytes.length)
}

/** Opens a zip that lies in the blobs, reading only what is needed. */
export async function openStoredPackage(blobs: Blobs, id: BlobId, zipBytes: number): Promise<PackageDirectory> {
  const zip = await opened(fromRandomAccessReaderPromise(new BlobReader(blobs, id), zipBytes, { autoClose: false }))
  return readDirectory(zip, zipBytes)
}

async function opened(opening: Promise<ZipFile>): Promise<ZipFile> {
  return opening.catch((error: unknown) => {
    throw new BadPackageError(error instanceof Error ? error.message : 'not a zip file', { cause: error })
  })
}

async function readDirectory(zip: ZipFile, zipBytes: number): Promise<PackageDirectory> {
  try {
    if (zip.entryCount > ZIP_ENTRIES_MAX) throw new BadPackageError(`more than ${ZIP_ENTRIES_MAX} entries`)
    const names = new NameTree()
    const entries: PackageEntry[] = []
    let unpackedBytes = 0
    let packedBytes = 0
    for await (const raw of zip.eachEntry()) {
      const entry = packageEntry(raw)
      if (entry === undefined) continue
      names.add(entry)
      entries.push(entry)
      unpackedBytes += entry.bytes
      packedBytes += raw.compressedSize
      checkSizes(unpackedBytes, packedBytes, zipBytes)
    }
    return { zip, entries, unpackedBytes }
  } catch (error) {
    zip.close()
    if (error instanceof BadPackageError || error instanceof PackageTooLargeError) throw error
    throw new BadPackageError(error instanceof Error ? error.message : 'unreadable directory', { cause: error })
  }
}

function checkSizes(unpackedBytes: number, packedBytes: number, zipBytes: number): void {
  if (unpackedBytes > UNZIPPED_BYTES_MAX) throw new PackageTooLargeError(`${unpackedBytes} bytes unpacked`)
  // Entries that share their bytes: the trick of a bomb that needs no second layer.
  if (packedBytes > zipBytes) throw new BadPackageError('entries overlap')
  if (unpackedBytes > ZIP_RATIO_FLOOR_BYTES && unpackedBytes > zipBytes * ZIP_RATIO_MAX)
    throw new BadPackageError(`it grows more than ${ZIP_RATIO_MAX} times when unpacked`)
}

/** Undefined for an entry that is the root folder itself. yauzl has refused absolute names and `..` already. */
function packageEntry(raw: Entry): PackageEntry | undefined {
  const name = raw.fileName
  if (name.includes('\0')) throw new BadPackageError(`name with a NUL: ${JSON.stringify(name)}`)
  if (raw.isEncrypted()) throw new BadPackageError(`${name} is encrypted`)
  if (!raw.canDecodeFileData()) throw new BadPackageError(`${name} is packed by method ${raw.compressionMethod}`)
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.length === 0) return undefined
  if (Buffer.byteLength(name) > PATH_BYTES_MAX || segments.some((s) => Buffer.byteLength(s) > NAME_BYTES_MAX))
    throw new BadPackageError(`name too long: ${name.slice(0, 80)}...`)
  const mode = raw.versionMadeBy >>> 8 === MADE_BY_UNIX ? raw.externalFileAttributes >>> 16 : 0
  const kind = kindOf(mode, name)
  return {
    kind,
    path: segments.join('/'),
    executable: (mode & 0o111) !== 0,
    bytes: kind === 'folder' ? 0 : raw.uncompressedSize,
    raw,
  }
}

function kindOf(mode: number, name: string): PackageEntry['kind'] {
  switch (mode & MODE_KIND) {
    case MODE_LINK:
      return 'link'
    case MODE_FOLDER:
      return 'folder'
    case MODE_FILE:
    case 0:
      return name.endsWith('/') ? 'folder' : 'file'
    default:
      throw new BadPackageError(`${name} is a special file`)
  }
}

/** Refuses a name that is there twice, and a file or link in the place of a folder. */
class NameTree {
  readonly #kinds = new Map<string, PackageEntry['kind']>()

  add({ path, kind }: PackageEntry): void {
    const before = this.#kinds.get(path)
    if (before !== undefined && !(before === 'folder' && kind === 'folder'))
      throw new BadPackageError(`${path} is there twice`)
    this.#kinds.set(path, kind)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      const known = this.#kinds.get(folder)
      if (known === 'folder') return
      if (known !== undefined) throw new BadPackageError(`${folder} is both a ${known} and a folder`)
      this.#kinds.set(folder, 'folder')
    }
  }
}

class BlobReader extends RandomAccessReader {
  readonly #blobs: Blobs
  readonly #id: BlobId

  constructor(blobs: Blobs, id: BlobId) {
    super()
    this.#blobs = blobs
    this.#id = id
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#blobs.get(this.#id, { start, end }), { objectMode: false })
  }
}
