// Images of tests, made in memory: layers of files, their documents, and a client that sends them to a server.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar, type TarEntry, type TarHeader } from 'modern-tar'

type Packing = 'plain' | 'gzip' | 'zstd'

const SUFFIXES: Readonly<Record<Packing, string>> = { plain: '', gzip: '+gzip', zstd: '+zstd' }

export const HOST_ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** A file by its content; anything else by its header. */
export type Entries = Readonly<
  Record<string, string | Buffer | (Partial<TarHeader> & { readonly body?: string | Buffer })>
>

export interface Layer {
  readonly archive: Buffer
  readonly bytes: Buffer
  readonly packing: Packing
}

export interface Blob {
  readonly digest: string
  readonly bytes: Buffer
}

export interface Image {
  readonly manifest: Blob
  readonly configuration: Blob
  readonly layers: readonly Blob[]
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export async function layerOf(entries: Entries, packing: Packing = 'gzip'): Promise<Layer> {
  const archive = Buffer.from(await packTar(Object.entries(entries).map(([name, entry]) => tarEntry(name, entry))))
  const bytes = packing === 'gzip' ? gzipSync(archive) : packing === 'zstd' ? zstdCompressSync(archive) : archive
  return { archive, bytes, packing }
}

function tarEntry(name: string, entry: Entries[string]): TarEntry {
  if (typeof entry === 'string' || Buffer.isBuffer(entry))
    return { header: { name, size: Buffer.byteLength(entry), type: 'file', mode: 0o755 }, body: entry }
  const { body = '', ...header } = entry
  return { header: { name, size: Buffer.byteLength(body), ...header }, body }
}

export interface Config {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly WorkingDir?: string
  readonly User?: string
}

/** `more`: members of the configuration document. */
export function imageOf(layers: readonly Layer[], config: Config = {}, more: object = {}): Image {
  const diffIds = layers.map(({ archive }) => `sha256:${sha256(archive)}`)
  const configuration = blobOf({
    os: 'linux',
    architecture: HOST_ARCHITECTURE,
    config,
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...more,
  })
  const blobs = layers.map(({ bytes }) => ({ digest: sha256(bytes), bytes }))
  const manifest = blobOf({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', configuration),
    layers: blobs.map((blob, at) =>
      descriptor(`application/vnd.oci.image.layer.v1.tar${SUFFIXES[layers[at]?.packing ?? 'plain']}`, blob),
    ),
  })
  return { manifest, configuration, layers: blobs }
}

/** An index that names an image for each platform. */
export function indexOf(images: Readonly<Record<string, Image>>): Blob {
  return blobOf({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: Object.entries(images).map(([platform, { manifest }]) => {
      const [os, architecture] = platform.split('/')
      return Object.assign(descriptor('application/vnd.oci.image.manifest.v1+json', manifest), {
        platform: { os, architecture },
      })
    }),
  })
}

function blobOf(document: object): Blob {
  const bytes = Buffer.from(JSON.stringify(document))
  return { digest: sha256(bytes), bytes }
}

function descriptor(mediaType: string, { digest, bytes }: Blob): object {
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length }
}

/** Writes an image as tools do: an OCI layout in a folder. */
export async function writeLayout(folder: string, { manifest, configuration, layers }: Image): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const manifests = [descriptor('application/vnd.oci.image.manifest.v1+json', manifest)]
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  for (const { digest, bytes } of [manifest, configuration, ...layers])
    await writeFile(join(folder, 'blobs/sha256', digest), bytes)
}

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly body: {
    readonly error?: string
    readonly missing?: readonly { readonly digest: string }[]
    readonly image?: Readonly<Record<string, unknown>>
  }
}

export async function putDocument(endpoint: string, name: string, { bytes }: Blob, query = ''): Promise<Answer> {
  return put(`${endpoint}/_mayfly/images/${name}${query}`, bytes)
}

export async function putBytes(endpoint: string, { digest, bytes }: Blob, query = ''): Promise<Answer> {
  return put(`${endpoint}/_mayfly/image-bytes/${digest}${query}`, bytes)
}

async function put(url: string, body: Buffer): Promise<Answer> {
  const response = await fetch(url, { method: 'PUT', body })
  const text = await response.text()
  // Mayfly's own form.
  return {
    status: response.status,
    body: (text.startsWith('{') ? JSON.parse(text) : { error: text }) as Answer['body'],
  }
}

/** Sends what the server asks for, and the manifest again. */
export async function pushImage(
  endpoint: string,
  name: string,
  image: Image,
  document = image.manifest,
): Promise<Answer> {
  const blobs = [image.manifest, image.configuration, ...image.layers]
  for (let turn = 0; turn < 3; turn++) {
    const answer = await putDocument(endpoint, name, document)
    if (answer.status !== 409) return answer
    for (const { digest } of answer.body.missing ?? []) {
      const blob = blobs.find((one) => `sha256:${one.digest}` === digest)
      if (!blob) throw new Error(`the server asks for ${digest}, which the image does not have`)
      const sent = await putBytes(endpoint, blob)
      if (sent.status !== 201) return sent
    }
  }
  throw new Error('the server asks for the same again and again')
}
