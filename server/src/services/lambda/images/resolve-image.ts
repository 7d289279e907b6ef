// From the URI that a deploy names to the image, which the function then keeps: a tag that moves later changes nothing.
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { accessDenied, invalidParameter } from '../errors.ts'
import type { FunctionImage } from '../function-record.ts'
import { type ImageReference, parseImageUri, resolvedUri } from './image-name.ts'
import { imageKey, images, type StoredImage } from './image-record.ts'

/** Throws AWS's errors for a URI that names no image of this account and region. */
export async function requireImage(
  reader: Reader,
  uri: string,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<FunctionImage> {
  const reference = parseImageUri(uri)
  if (!reference || reference.region !== context.region)
    throw invalidParameter(`Source image ${uri} is not valid. Provide a valid source image.`)
  if (reference.account !== context.account)
    throw accessDenied('Lambda does not have permission to access the ECR image. Check the ECR permissions.')
  const image = await findImage(reader, reference)
  if (!image) throw invalidParameter(`Source image ${uri} does not exist. Provide a valid source image.`)
  return { kind: 'image', uri, resolvedUri: resolvedUri(uri, image.digest), ...image }
}

async function findImage(reader: Reader, reference: ImageReference): Promise<StoredImage | undefined> {
  if (reference.kind === 'tag') return (await images.get(reader, imageKey(reference)))?.value.image
  const { account, region, repository, digest } = reference
  const [found] = await images.listIndex(
    reader,
    'digest',
    { prefix: [account, region, repository, digest] },
    { limit: 1 },
  )
  // Through the reader, so that a commit notices when it goes meanwhile.
  return found && (await images.get(reader, found.key))?.value.image
}
