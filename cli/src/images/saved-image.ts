// Lays a saved image out as an OCI layout: the files of an archive that already is one, or of what Docker wrote before
// version 25, whose layers get a manifest here. Names of an archive never become paths: only those that such archives have are
// taken, each to a place of its own.
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  closeSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { createHash } from 'node:crypto'
import { createTarDecoder } from 'modern-tar'
import { CliError } from '../errors.ts'

const BLOB = /^(?:\.\/)?blobs\/sha256\/([0-9a-f]{64})$/
const INDEX = /^(?:\.\/)?index\.json$/
const OLD_MANIFEST = /^(?:\.\/)?manifest\.json$/
/** Docker's of old: a layer's archive, and a configuration, by hexadecimal names. */
const OLD_LAYER = /^(?:\.\/)?([0-9a-f]{64})\/layer\.tar$/
const OLD_CONFIGURATION = /^(?:\.\/)?([0-9a-f]{64})\.json$/

/** Throws CliError when the file is no such archive. */
export async function unpackSaved(file: string, folder: string): Promise<void> {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  mkdirSync(join(folder, 'old'))
  /** Layers that are there under another name. */
  const sameAs = new Map<string, string>()
  const source = createReadStream(file)
  const archive = isGzip(file) ? source.pipe(createGunzip()) : source
  try {
    for await (const { header, body } of Readable.toWeb(archive).pipeThrough(createTarDecoder({ strict: true }))) {
      const place = header.type === 'file' ? placeOf(folder, header.name) : undefined
      const layer = OLD_LAYER.exec(header.name)?.[1]
      const target = /([0-9a-f]{64})\/layer\.tar$/.exec(header.linkname ?? '')?.[1]
      if (layer !== undefined && target !== undefined) sameAs.set(layer, target)
      if (place === undefined) await body.cancel()
      else await pipeline(Readable.fromWeb(body), createWriteStream(place, { flags: 'wx' }))
    }
  } catch (cause) {
    throw noImage(file, `it is no tar that can be read (${cause instanceof Error ? cause.message : 'broken'})`)
  }
  if (existsSync(join(folder, 'index.json'))) return
  if (!existsSync(join(folder, 'old/manifest'))) throw noImage(file, 'it has neither index.json nor manifest.json')
  await layOutOld(file, folder, sameAs)
}

function placeOf(folder: string, name: string): string | undefined {
  const blob = BLOB.exec(name)?.[1]
  if (blob !== undefined) return join(folder, 'blobs/sha256', blob)
  if (INDEX.test(name)) return join(folder, 'index.json')
  if (OLD_MANIFEST.test(name)) return join(folder, 'old/manifest')
  const old = OLD_LAYER.exec(name)?.[1] ?? OLD_CONFIGURATION.exec(name)?.[1]
  return old === undefined ? undefined : join(folder, 'old', `${old}${name.endsWith('.json') ? '.json' : ''}`)
}

function isGzip(file: string): boolean {
  const opened = openSync(file, 'r')
  const head = Buffer.alloc(2)
  readSync(opened, head)
  closeSync(opened)
  return head[0] === 0x1f && head[1] === 0x8b
}

interface OldManifest {
  readonly Config?: string
  readonly Layers?: readonly string[]
}

async function layOutOld(file: string, folder: string, sameAs: ReadonlyMap<string, string>): Promise<void> {
  // Docker's own form; what is missing in it is found below.
  const manifests = parseDocument(file, 'manifest.json', readFileSync(join(folder, 'old/manifest')))
  const [first] = (Array.isArray(manifests) ? manifests : []) as readonly OldManifest[]
  const configuration = OLD_CONFIGURATION.exec(first?.Config ?? '')?.[1]
  const names = (first?.Layers ?? []).map((name) => OLD_LAYER.exec(name)?.[1] ?? '')
  if (configuration === undefined || names.length === 0) throw noImage(file, 'its manifest.json names no image')
  const config = await take(file, folder, `${configuration}.json`, 'application/vnd.docker.container.image.v1+json')
  const layers: Descriptor[] = []
  const taken = new Map<string, Descriptor>()
  for (const name of names) {
    const own = sameAs.get(name) ?? name
    const layer = taken.get(own) ?? (await take(file, folder, own, 'application/vnd.docker.image.rootfs.diff.tar'))
    taken.set(own, layer)
    layers.push(layer)
  }
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }))
  const digest = createHash('sha256').update(manifest).digest('hex')
  writeFileSync(join(folder, 'blobs/sha256', digest), manifest)
  const images = [{ mediaType, digest: `sha256:${digest}`, size: manifest.length }]
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: images }))
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/** Moves a file to where its digest says. */
async function take(file: string, folder: string, name: string, mediaType: string): Promise<Descriptor> {
  const path = join(folder, 'old', name)
  if (!existsSync(path)) throw noImage(file, `${name} is not in it`)
  const digest = await digestOfFile(path)
  const { size } = statSync(path)
  renameSync(path, join(folder, 'blobs/sha256', digest))
  return { mediaType, digest: `sha256:${digest}`, size }
}

/** An object or a list; its members are still to be looked at. Throws CliError. */
export function parseDocument(path: string, name: string, bytes: Buffer): object {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    // Told below.
  }
  if (typeof value === 'object' && value !== null) return value
  throw noImage(path, `its ${name} cannot be read`)
}

export function noImage(path: string, why: string): CliError {
  return new CliError('MF1305', `${path} holds no image that can be sent`, {
    why,
    mend: 'Make one with `docker save -o image.tar <name>`, `podman save --format oci-archive`, or any tool that writes an OCI layout.',
  })
}

/** SHA-256 of a file, hexadecimal. */
async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}
