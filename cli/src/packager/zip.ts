// The package as a zip that depends on nothing but its contents: files sorted, one fixed time, plain modes. So the same
// sources give the same hash. Written here and not by a library, because what was compressed once is used again: a save
// while developing changes one file, and the packages beside it are hundreds of times larger.
//
// The format is PKWARE's APPNOTE 6.3: local headers with the data, then the central directory, then its end. No zip64:
// Lambda takes less than 4 GB and we pack less than 65,536 files.
import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'

export interface ZipEntry {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly content: Content
  readonly executable?: boolean
}

/** Bytes, or where to get them: then `key` says by itself when they are the same as before. */
export type Content = Buffer | { readonly key: string; readonly size: number; readonly read: () => Buffer }

interface Compressed {
  readonly data: Buffer
  readonly method: number
  readonly crc: number
  readonly size: number
}

const STORED = 0
const DEFLATED = 8
const VERSION = 20
/** Names are UTF-8. */
const FLAGS = 0x0800
/** Made by a Unix of this version: the upper half of the external attributes is the mode. */
const MADE_BY = (3 << 8) | VERSION
const FILE_MODE = 0o100644
const PROGRAM_MODE = 0o100755
/** 1 January 1980, the first day that the format knows. */
const DOS_DATE = (1 << 5) | 1
const DOS_TIME = 0

/** What was compressed before, for the next package of the same project. Holds what the last package held, no more. */
export class CompressedFiles {
  #last = new Map<string, Compressed>()

  /** Packs the entries, sorted by path. */
  async zip(entries: readonly ZipEntry[]): Promise<Buffer> {
    const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    const next = new Map<string, Compressed>()
    const parts = await Promise.all(sorted.map(({ content }) => this.#compress(content, next)))
    this.#last = next
    return assemble(sorted, parts)
  }

  async #compress(content: Content, next: Map<string, Compressed>): Promise<Compressed> {
    if (Buffer.isBuffer(content)) return compress(content)
    const known = this.#last.get(content.key) ?? (await compress(content.read()))
    next.set(content.key, known)
    return known
  }
}

/** Packs the entries, sorted by path. */
export function zip(entries: readonly ZipEntry[]): Promise<Buffer> {
  return new CompressedFiles().zip(entries)
}

/** How many bytes the content has unpacked. */
export function sizeOf(content: Content): number {
  return Buffer.isBuffer(content) ? content.length : content.size
}

const deflate = promisify<Buffer, Buffer>(deflateRaw)

async function compress(content: Buffer): Promise<Compressed> {
  const deflated = await deflate(content)
  const smaller = deflated.length < content.length
  return {
    data: smaller ? deflated : content,
    method: smaller ? DEFLATED : STORED,
    crc: crc32(content),
    size: content.length,
  }
}

function assemble(entries: readonly ZipEntry[], parts: readonly Compressed[]): Buffer {
  const body: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [index, { path, executable }] of entries.entries()) {
    const part = parts[index]
    if (part === undefined) throw new RangeError(`no data for ${path}`)
    const name = Buffer.from(path, 'utf8')
    const local = localHeader(part, name.length)
    body.push(local, name, part.data)
    directory.push(directoryHeader(part, name.length, executable === true ? PROGRAM_MODE : FILE_MODE, offset), name)
    offset += local.length + name.length + part.data.length
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([...body, ...directory, endRecord(entries.length, directoryBytes, offset)])
}

function localHeader(part: Compressed, nameBytes: number): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(VERSION, 4)
  writeShared(header, 6, part, nameBytes)
  return header
}

function directoryHeader(part: Compressed, nameBytes: number, mode: number, offset: number): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(MADE_BY, 4)
  header.writeUInt16LE(VERSION, 6)
  writeShared(header, 8, part, nameBytes)
  header.writeUInt32LE((mode << 16) >>> 0, 38)
  header.writeUInt32LE(offset, 42)
  return header
}

/** The fields that both headers have in the same order. */
function writeShared(header: Buffer, at: number, part: Compressed, nameBytes: number): void {
  header.writeUInt16LE(FLAGS, at)
  header.writeUInt16LE(part.method, at + 2)
  header.writeUInt16LE(DOS_TIME, at + 4)
  header.writeUInt16LE(DOS_DATE, at + 6)
  header.writeUInt32LE(part.crc, at + 8)
  header.writeUInt32LE(part.data.length, at + 12)
  header.writeUInt32LE(part.size, at + 16)
  header.writeUInt16LE(nameBytes, at + 20)
}

function endRecord(entries: number, directoryBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(entries, 8)
  record.writeUInt16LE(entries, 10)
  record.writeUInt32LE(directoryBytes, 12)
  record.writeUInt32LE(offset, 16)
  return record
}
