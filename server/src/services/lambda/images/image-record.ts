// What is stored about container images. Key layout:
//   lambda.images        [account, region, repository, tag]   the image that the tag means
//   lambda.image-uploads [account, digest]                    bytes that were sent
// A function keeps what it needs of its image in its own record: a tag may move or go, the function stays what it is. What
// no image and no function names any more is swept.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { ImageTag } from './image-name.ts'

/** How a layer's archive is packed. */
export type Packing = 'plain' | 'gzip' | 'zstd'

export interface StoredLayer {
  /** SHA-256 of the bytes as they were sent, hexadecimal, as all digests here. */
  readonly digest: string
  /** SHA-256 of the archive in it. */
  readonly contentDigest: string
  readonly packing: Packing
  readonly blobId: string
  readonly bytes: number
}

/** What an image says about running it. Source: OCI image specification, "Image configuration". */
export interface ImageProgram {
  readonly entryPoint: readonly string[]
  readonly command: readonly string[]
  readonly workingDirectory: string
  readonly variables: Readonly<Record<string, string>>
}

export interface StoredImage {
  /** SHA-256 of the manifest. */
  readonly digest: string
  /** AWS's name: `x86_64`, `arm64`. */
  readonly architecture: string
  readonly program: ImageProgram
  /** The lowest first. */
  readonly layers: readonly StoredLayer[]
}

export interface TaggedImage extends ImageTag {
  readonly image: StoredImage
  readonly pushedMs: number
}

export interface ImageUpload {
  readonly blobId: string
  readonly bytes: number
  readonly uploadedMs: number
}

export const images = new Collection<TaggedImage>({
  name: 'lambda.images',
  codec: jsonCodec(1),
  indexes: {
    blob: ({ image }) => [...new Set(image.layers.map(({ blobId }) => blobId))].map((blobId) => [blobId]),
    digest: ({ account, region, repository, image }) => [[account, region, repository, image.digest]],
  },
})

export const uploads = new Collection<ImageUpload>({
  name: 'lambda.image-uploads',
  codec: jsonCodec(1),
  indexes: { blob: ({ blobId }) => [[blobId]] },
})

export function imageKey({ account, region, repository, tag }: ImageTag): Key {
  return [account, region, repository, tag]
}
