// The JSON documents of an image: index, manifest and configuration, in the forms of OCI and of Docker. They come from
// whoever made the image: every member is looked at before it is believed. Source: OCI image specification 1.1.
import { createHash } from 'node:crypto'
import { ImageFault } from './image-fault.ts'
import type { ImageProgram, Packing } from './image-record.ts'
import { LAYER_BYTES_MAX, LAYERS_MAX, PROGRAM_BYTES_MAX, PROGRAM_WORDS_MAX } from './limits.ts'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly bytes: number
}

export interface Manifest {
  readonly kind: 'manifest'
  readonly digest: string
  readonly configuration: Descriptor
  readonly layers: readonly (Descriptor & { readonly packing: Packing })[]
}

/** Names an image for each of several platforms. */
export interface Index {
  readonly kind: 'index'
  readonly manifests: readonly (Descriptor & { readonly platform: string })[]
}

export interface Configuration {
  /** AWS's name: `x86_64`, `arm64`. */
  readonly architecture: string
  readonly program: ImageProgram
  /** Digests of the archives in the layers. */
  readonly contentDigests: readonly string[]
}

type Members = Readonly<Record<string, unknown>>

const DIGEST = /^sha256:([0-9a-f]{64})$/

const PACKINGS: ReadonlyMap<string, Packing> = new Map([
  ['application/vnd.oci.image.layer.v1.tar', 'plain'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'plain'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
])

const CONFIGURATIONS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

/** By the names of the Go language, which OCI uses, those of AWS. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'arm64' }

/** This machine, as an index names it. */
export const HOST_PLATFORM = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`

/** SHA-256, hexadecimal. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A manifest or an index, by its members. Throws ImageFault. */
export function readManifest(bytes: Uint8Array): Manifest | Index {
  const document = parse(bytes, 'manifest')
  if (document['schemaVersion'] !== 2) throw new ImageFault('the manifest is not of schema version 2')
  if (Array.isArray(document['manifests'])) return { kind: 'index', manifests: document['manifests'].map(entryOf) }
  const layers = document['layers']
  if (!Array.isArray(layers) || layers.length === 0) throw new ImageFault('the manifest names no layers')
  if (layers.length > LAYERS_MAX) throw new ImageFault(`the image has more than ${LAYERS_MAX} layers`)
  const configuration = descriptorOf(document['config'], 'configuration')
  if (!CONFIGURATIONS.has(configuration.mediaType))
    throw new ImageFault(`this is no image of a container: its configuration is ${configuration.mediaType}`)
  return { kind: 'manifest', digest: digestOf(bytes), configuration, layers: layers.map(layerOf) }
}

/** The manifest of an index for this machine. Throws ImageFault when there is none. */
export function manifestForHost({ manifests }: Index): Descriptor {
  const found = manifests.find(({ platform }) => platform === HOST_PLATFORM)
  const [only, ...others] = manifests
  if (found) return found
  // An index of one may leave the platform to the configuration.
  if (only && others.length === 0) return only
  const there = manifests.map(({ platform }) => platform).filter((platform) => platform !== 'unknown/unknown')
  throw new ImageFault(`this machine is ${HOST_PLATFORM}, and the image is for ${there.join(', ') || 'no platform'}`)
}

/** Throws ImageFault for what cannot run here. */
export function readConfiguration(bytes: Uint8Array, layers: number): Configuration {
  const document = parse(bytes, 'configuration')
  const platform = platformOf(document)
  if (platform !== HOST_PLATFORM)
    throw new ImageFault(`this machine is ${HOST_PLATFORM}, and the image is for ${platform}`)
  const rootfs = membersOf(document['rootfs'])
  const contentDigests = texts(rootfs['diff_ids'], 'rootfs.diff_ids').map((text) => hexOf(text, 'rootfs.diff_ids'))
  if (contentDigests.length !== layers)
    throw new ImageFault(`the configuration names ${contentDigests.length} layers, the manifest ${layers}`)
  const program = programOf(membersOf(document['config']))
  const architecture = ARCHITECTURES[String(document['architecture'])] ?? ''
  return { architecture, program, contentDigests }
}

function programOf(config: Members): ImageProgram {
  const workingDirectory = config['WorkingDir'] ?? ''
  if (typeof workingDirectory !== 'string') throw new ImageFault('config.WorkingDir is no text')
  const program = {
    entryPoint: texts(config['Entrypoint'], 'config.Entrypoint'),
    command: texts(config['Cmd'], 'config.Cmd'),
    workingDirectory: workingDirectory === '' ? '/' : workingDirectory,
    variables: variablesOf(texts(config['Env'], 'config.Env')),
  }
  if (!workingDirectory.startsWith('/') && workingDirectory !== '')
    throw new ImageFault('config.WorkingDir is relative')
  if (Buffer.byteLength(JSON.stringify(program)) > PROGRAM_BYTES_MAX)
    throw new ImageFault(`its variables, entry point and command take more than ${PROGRAM_BYTES_MAX} bytes`)
  return program
}

function variablesOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line): [string, string] => {
    const at = line.indexOf('=')
    if (at < 1 || line.includes('\0')) throw new ImageFault('config.Env has an entry that is not NAME=value')
    return [line.slice(0, at), line.slice(at + 1)]
  })
  return Object.fromEntries(pairs)
}

function entryOf(entry: unknown): Index['manifests'][number] {
  const platform = membersOf(membersOf(entry)['platform'])
  return { ...descriptorOf(entry, 'manifest'), platform: platformOf(platform) }
}

/** `linux/amd64`; `unknown` where something is left out. */
function platformOf({ os, architecture }: Members): string {
  const named = (value: unknown): string => (typeof value === 'string' ? value : 'unknown')
  return `${named(os)}/${named(architecture)}`
}

function layerOf(entry: unknown): Manifest['layers'][number] {
  const descriptor = descriptorOf(entry, 'layer')
  const packing = PACKINGS.get(descriptor.mediaType)
  if (packing === undefined) throw new ImageFault(`a layer has the media type ${descriptor.mediaType}`)
  return { ...descriptor, packing }
}

function descriptorOf(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size } = membersOf(value)
  if (typeof mediaType !== 'string' || typeof digest !== 'string')
    throw new ImageFault(`the ${what} has no media type or digest`)
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > LAYER_BYTES_MAX)
    throw new ImageFault(`the ${what} has no size, or one above ${LAYER_BYTES_MAX} bytes`)
  return { mediaType, digest: hexOf(digest, what), bytes: size }
}

function hexOf(text: string, what: string): string {
  const digest = DIGEST.exec(text)?.[1]
  if (digest === undefined) throw new ImageFault(`${what}: ${text.slice(0, 100)} is no SHA-256 digest`)
  return digest
}

function texts(value: unknown, what: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > PROGRAM_WORDS_MAX || value.some((one) => typeof one !== 'string'))
    throw new ImageFault(`${what} is no list of at most ${PROGRAM_WORDS_MAX} texts`)
  // Checked above, each.
  return value as readonly string[]
}

function parse(bytes: Uint8Array, what: string): Members {
  try {
    return membersOf(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new ImageFault(`the ${what} is not JSON`, { cause })
  }
}

/** No members for what is no object. */
function membersOf(value: unknown): Members {
  // An object: its members are looked at one by one.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
}
