// An image as tools write it: an OCI layout in a folder, the same in a tar (`podman save --format oci-archive`, `skopeo copy
// ... oci-archive:`), or what `docker save` writes. Read where it lies; a tar is laid out in a temporary folder first.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileBody } from '../aws/exchange.ts'
import { CliError } from '../errors.ts'
import { IMAGE_DOCUMENT_BYTES_MAX } from '../limits.ts'
import { noImage, parseDocument, unpackSaved } from './saved-image.ts'

export interface ImageSource {
  /** A manifest, or an index of several. */
  readonly document: Buffer
  /** The bytes behind a digest (`sha256:...`). Throws CliError when they are not there. */
  find(digest: string): FileBody
  /** Takes away what was laid out. */
  close(): void
}

interface Descriptor {
  readonly digest?: unknown
  readonly annotations?: Readonly<Record<string, unknown>>
}

const DIGEST = /^sha256:([0-9a-f]{64})$/
const REF_NAME = 'org.opencontainers.image.ref.name'

/** `tag`: which image is meant, where there are several. Throws CliError for what is no image. */
export async function openImage(path: string, tag: string): Promise<ImageSource> {
  if (!existsSync(path))
    throw new CliError('MF1201', `there is no ${path}`, {
      mend: 'Name the folder of an OCI layout, or a tar of `docker save` or `podman save`.',
    })
  if (statSync(path).isDirectory()) return openLayout(path, path, tag, () => {})
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-image-'))
  const close = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await unpackSaved(path, folder)
    return openLayout(path, folder, tag, close)
  } catch (error) {
    close()
    throw error
  }
}

/** `path`: what the user named, which was laid out in `folder`. */
function openLayout(path: string, folder: string, tag: string, close: () => void): ImageSource {
  const find = (digest: string): FileBody => blobOf(path, folder, digest)
  const index = readIndex(path, folder)
  const { manifests } = parseDocument(path, 'index.json', index) as { readonly manifests?: unknown }
  if (!Array.isArray(manifests) || manifests.length === 0) throw noImage(path, 'its index.json names no image')
  // Members of each are looked at before they are used.
  const named = manifests as readonly Descriptor[]
  const meant =
    named.find(({ annotations }) => annotations?.[REF_NAME] === tag) ?? (named.length === 1 ? named[0] : undefined)
  // Of several without a name the server takes the one for its machine.
  if (meant === undefined) return { document: index, find, close }
  return { document: readManifest(path, find(String(meant.digest))), find, close }
}

function readIndex(path: string, folder: string): Buffer {
  try {
    return readFileSync(join(folder, 'index.json'))
  } catch {
    throw noImage(path, 'it has no index.json')
  }
}

function blobOf(path: string, folder: string, digest: string): FileBody {
  const hex = DIGEST.exec(digest)?.[1]
  const file = join(folder, 'blobs/sha256', hex ?? 'none')
  const stats = hex === undefined ? undefined : statSync(file, { throwIfNoEntry: false })
  if (hex === undefined || stats?.isFile() !== true)
    throw noImage(path, `${digest.slice(0, 100)} is not in it: it may be a part of an image only`)
  return { path: file, bytes: stats.size, sha256: hex }
}

function readManifest(path: string, { path: file, bytes }: FileBody): Buffer {
  if (bytes > IMAGE_DOCUMENT_BYTES_MAX) throw noImage(path, 'its manifest is too large')
  return readFileSync(file)
}
