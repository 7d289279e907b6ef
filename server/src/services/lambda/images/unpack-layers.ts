// Makes a root file system of an image's layers, the lowest first. Source: OCI image specification, "Image layer filesystem
// changeset", with its whiteouts. Owners are not kept, as cells have one user; neither are privileges in modes.
import { closeSync, fchmodSync, futimesSync, openSync, writeSync } from 'node:fs'
import type { RootSize } from '#engine/image-root.ts'
import { ImageFault } from './image-fault.ts'
import type { StoredLayer } from './image-record.ts'
import { layerEntries, type LayerEntry } from './layer-archive.ts'
import { RootTree } from './root-tree.ts'

const WHITEOUT = '.wh.'
/** Everything that lower layers have in the folder. */
const OPAQUE = '.wh..wh..opq'
/** What a union file system of old left behind. */
const LEFTOVER = '.wh..wh.'

/** Of a path, in a message. */
const SHOWN_CHARS = 200

const MODE_MASK = 0o755
const FILE_MODE_MIN = 0o400

/** Of a system call: what no image may ask for. */
const IMAGE_FAULTS: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'its path is too long',
  EMLINK: 'its file has too many names',
}

/**
 * Writes everything below `folder`, which must be empty; takes as long as that takes. `read` gives the packed bytes of a layer by
 * its number. Throws ImageFault.
 */
export async function unpackLayers(
  folder: string,
  layers: readonly StoredLayer[],
  read: (layer: number) => AsyncIterable<Uint8Array>,
  bounds: RootSize,
): Promise<void> {
  const tree = new RootTree(folder)
  let entries = 0
  let bytes = 0
  for (const [number, layer] of layers.entries()) {
    tree.nextLayer()
    for await (const entry of layerEntries(layer, read(number))) {
      if (++entries > bounds.entries) throw new ImageFault(`more than ${bounds.entries} files`)
      if (entry.kind === 'file') bytes += entry.bytes
      if (bytes > bounds.bytes) throw new ImageFault(`more than ${bounds.bytes} bytes unpacked`)
      await apply(tree, entry).catch((error: unknown) => {
        const fault = IMAGE_FAULTS[error instanceof Error && 'code' in error ? String(error.code) : '']
        throw fault === undefined ? error : new ImageFault(`${shown(entry)}: ${fault}`, { cause: error })
      })
    }
  }
}

async function apply(tree: RootTree, entry: LayerEntry): Promise<void> {
  const { path } = entry
  const name = path.at(-1) ?? ''
  if (name.startsWith(WHITEOUT)) {
    if (name === OPAQUE) tree.whiteOutAll(path.slice(0, -1))
    else if (!name.startsWith(LEFTOVER)) tree.whiteOut([...path.slice(0, -1), hidden(name)])
    // Its body, which nobody needs, must be over before the next entry.
    if (entry.kind === 'file') for await (const _ of entry.body);
    return
  }
  switch (entry.kind) {
    case 'folder':
      return tree.folder(path, entry.mode)
    case 'link':
      return tree.link(path, entry.target)
    case 'hard-link':
      return tree.hardLink(path, entry.target)
    case 'file':
      return writeBody(tree.placeFile(path), entry)
  }
}

function shown({ path }: LayerEntry): string {
  return path.join('/').slice(0, SHOWN_CHARS)
}

function hidden(name: string): string {
  const wanted = name.slice(WHITEOUT.length)
  if (wanted === '' || wanted === '.' || wanted === '..') throw new ImageFault(`${name} takes away what is no file`)
  return wanted
}

async function writeBody(place: string, entry: Extract<LayerEntry, { kind: 'file' }>): Promise<void> {
  const mode = (entry.mode & MODE_MASK) | FILE_MODE_MIN
  const file = openSync(place, 'wx', mode)
  try {
    for await (const piece of entry.body) for (let at = 0; at < piece.length;) at += writeSync(file, piece, at)
    fchmodSync(file, mode)
    // Python takes a compiled module for the source's own only by this time.
    futimesSync(file, entry.modified, entry.modified)
  } finally {
    closeSync(file)
  }
}
