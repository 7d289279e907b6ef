// Takes an image in: its manifest comes first, and the answer names what of the image was not sent yet; with everything
// there the image is unpacked, which proves it, and gets its tag in one commit.
import type { Engine } from '#engine/engine.ts'
import { BadImageError } from '#engine/image-root.ts'
import { transact } from '#storage/transact.ts'
import type { LambdaPorts } from '../ports.ts'
import { type Descriptor, type Manifest, manifestForHost, readConfiguration, readManifest } from './image-documents.ts'
import { ImageFault } from './image-fault.ts'
import type { ImageTag } from './image-name.ts'
import { imageKey, images, type StoredImage, type StoredLayer, type TaggedImage } from './image-record.ts'
import { imagePackage } from './image-package.ts'
import { findUpload, forgetUploads, readDocument } from './uploads.ts'

type PushPorts = Pick<LambdaPorts, 'blobs' | 'clock' | 'store'> & { readonly engine: Pick<Engine, 'stage'> }

export type PushOutcome =
  | { readonly kind: 'pushed'; readonly tagged: TaggedImage }
  /** These must be sent first. */
  | { readonly kind: 'missing'; readonly missing: readonly Descriptor[] }

/** `document`: a manifest, or an index of several. Throws ImageFault for an image that cannot run here. */
export async function pushImage(ports: PushPorts, tag: ImageTag, document: Uint8Array): Promise<PushOutcome> {
  await forgetUploads(ports, tag.account)
  const manifest = await manifestOf(ports, tag.account, document)
  if (manifest.kind === 'missing') return manifest
  const { configuration, layers, digest } = manifest
  const found = await Promise.all([configuration, ...layers].map((part) => findPart(ports, tag.account, part)))
  const missing = [configuration, ...layers].filter((_, at) => found[at] === undefined)
  const [first] = found
  if (missing.length > 0 || first === undefined) return { kind: 'missing', missing: unique(missing) }
  const { architecture, program, contentDigests } = readConfiguration(await readDocument(ports, first), layers.length)
  const image: StoredImage = {
    digest,
    architecture,
    program,
    layers: layers.map((layer, at) => storedLayer(layer, contentDigests[at] ?? '', found[at + 1]?.blobId ?? '')),
  }
  await prove(ports, image)
  const tagged: TaggedImage = { ...tag, image, pushedMs: ports.clock.nowMs() }
  const kept = await transact(ports.store, async (transaction) => {
    // What was proven may have been swept meanwhile, when that took a day.
    for (const layer of image.layers)
      if ((await findUpload(transaction, tag.account, layer.digest))?.blobId !== layer.blobId) return false
    await images.set(transaction, imageKey(tag), tagged)
    return true
  })
  return kept ? { kind: 'pushed', tagged } : { kind: 'missing', missing: unique(layers) }
}

async function manifestOf(
  ports: PushPorts,
  account: string,
  document: Uint8Array,
): Promise<Manifest | Extract<PushOutcome, { kind: 'missing' }>> {
  const read = readManifest(document)
  if (read.kind === 'manifest') return read
  const wanted = manifestForHost(read)
  const upload = await findPart(ports, account, wanted)
  if (!upload) return { kind: 'missing', missing: [wanted] }
  const inner = readManifest(await readDocument(ports, upload))
  if (inner.kind === 'index') throw new ImageFault('an index of indexes is not read')
  return inner
}

async function findPart({ store }: PushPorts, account: string, { digest, bytes }: Descriptor) {
  const upload = await findUpload(store, account, digest)
  if (upload && upload.bytes !== bytes)
    throw new ImageFault(`sha256:${digest} has ${upload.bytes} bytes, and the manifest says ${bytes}`)
  return upload
}

function storedLayer(layer: Manifest['layers'][number], contentDigest: string, blobId: string): StoredLayer {
  const { digest, packing, bytes } = layer
  return { digest, contentDigest, packing, blobId, bytes }
}

/** Unpacks it, so that its first function need not. */
async function prove({ engine, blobs }: PushPorts, image: StoredImage): Promise<void> {
  const { entryPoint, workingDirectory } = image.program
  try {
    await engine.stage({ code: imagePackage(blobs, image), root: { entryPoint, workingDirectory } })
  } catch (error) {
    if (error instanceof BadImageError) throw new ImageFault(error.message, { cause: error })
    throw error
  }
}

function unique(parts: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(parts.map((part) => [part.digest, part])).values()]
}
