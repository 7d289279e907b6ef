// Reads the archive of one layer: unpacked on the way, held to its digest, within bounds, and each entry looked at before
// anybody acts on it. What an entry does to the tree below it is for unpack-layers.ts.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'
import { ImageFault } from './image-fault.ts'
import type { Packing, StoredLayer } from './image-record.ts'
import { LAYER_BYTES_MAX, LAYER_RATIO_FLOOR_BYTES, LAYER_RATIO_MAX, NAME_BYTES_MAX, PATH_BYTES_MAX } from './limits.ts'

interface EntryFacts {
  /** Names on the way from the root, without `.` and `..`; empty for the root itself. */
  readonly path: readonly string[]
  readonly mode: number
  readonly modified: Date
}

export type LayerEntry = EntryFacts &
  (
    | { readonly kind: 'file'; readonly bytes: number; readonly body: AsyncIterable<Uint8Array> }
    | { readonly kind: 'folder' }
    | { readonly kind: 'link'; readonly target: string }
    /** Another name of a file; the target is a path from the root. */
    | { readonly kind: 'hard-link'; readonly target: readonly string[] }
  )

/** The entries of a layer; the body of each must be read, or left, before the next one. Throws ImageFault. */
export async function* layerEntries(layer: StoredLayer, packed: AsyncIterable<Uint8Array>): AsyncGenerator<LayerEntry> {
  const hash = createHash('sha256')
  const archive = held(unpacked(packed, layer.packing), layer, hash)
  const decoder = createTarDecoder({ strict: true })
  const entries = Readable.toWeb(Readable.from(archive, { objectMode: false })).pipeThrough(decoder)
  try {
    for await (const entry of entries) {
      const read = entryOf(entry)
      if (read) yield read
      if (read?.kind !== 'file') await entry.body.cancel()
    }
  } catch (error) {
    if (error instanceof ImageFault || isOfSystem(error)) throw error
    throw new ImageFault(`layer ${layer.digest}: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    })
  }
  if (hash.digest('hex') !== layer.contentDigest)
    throw new ImageFault(`layer ${layer.digest} is not the one that the configuration names`)
}

/** A full disk, or a folder that cannot be written, is no fault of the image. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function unpacked(packed: AsyncIterable<Uint8Array>, packing: Packing): AsyncIterable<Uint8Array> {
  if (packing === 'plain') return packed
  const source = Readable.from(packed, { objectMode: false })
  const inflate = packing === 'gzip' ? createGunzip() : createZstdDecompress()
  source.on('error', (error) => inflate.destroy(error))
  inflate.on('close', () => source.destroy())
  return source.pipe(inflate)
}

/** Counts and hashes what passes; ends it where the layer would be a bomb. */
async function* held(
  archive: AsyncIterable<Uint8Array>,
  layer: StoredLayer,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  const bytesMax = Math.min(LAYER_BYTES_MAX, Math.max(LAYER_RATIO_FLOOR_BYTES, layer.bytes * LAYER_RATIO_MAX))
  let bytes = 0
  for await (const piece of archive) {
    bytes += piece.length
    if (bytes > bytesMax)
      throw new ImageFault(
        bytesMax === LAYER_BYTES_MAX
          ? `layer ${layer.digest} has more than ${LAYER_BYTES_MAX} bytes`
          : `layer ${layer.digest} grows more than ${LAYER_RATIO_MAX} times when unpacked`,
      )
    hash.update(piece)
    yield piece
  }
}

/** Undefined for what belongs to no root file system: devices below /dev, over which a cell mounts its own. */
function entryOf({ header, body }: ParsedTarEntry): LayerEntry | undefined {
  const { name, linkname = '', pax = {} } = header
  const path = pathOf(name)
  const facts = { path, mode: header.mode ?? 0, modified: header.mtime ?? new Date(0) }
  if (Object.keys(pax).some((key) => key.startsWith('GNU.sparse.')))
    throw new ImageFault(`${name} is a sparse file, which cannot be read`)
  switch (header.type) {
    case 'file':
    case undefined:
      return { ...facts, kind: 'file', bytes: header.size, body: body as unknown as AsyncIterable<Uint8Array> }
    case 'directory':
      return { ...facts, kind: 'folder' }
    case 'symlink':
      if (linkname === '' || linkname.includes('\0') || Buffer.byteLength(linkname) > PATH_BYTES_MAX)
        throw new ImageFault(`the link ${name} has no target, or one that is too long`)
      return { ...facts, kind: 'link', target: linkname }
    case 'link':
      return { ...facts, kind: 'hard-link', target: pathOf(linkname) }
    default:
      if (path[0] === 'dev') return undefined
      throw new ImageFault(`${name} is a special file (${header.type})`)
  }
}

/** Throws ImageFault for a name that leads out of the root, or that no file system takes. */
function pathOf(name: string): readonly string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const isBad =
    name.startsWith('/') ||
    name.includes('\0') ||
    parts.includes('..') ||
    Buffer.byteLength(name) > PATH_BYTES_MAX ||
    parts.some((part) => Buffer.byteLength(part) > NAME_BYTES_MAX)
  if (isBad)
    throw new ImageFault(`the name ${JSON.stringify(name.slice(0, 200))} leads out of the image, or is too long`)
  return parts
}
