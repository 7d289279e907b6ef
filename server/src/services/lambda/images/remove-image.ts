// Takes the tag of an image away. What the image held stays as long as another tag or a function has it.
import { transact } from '#storage/transact.ts'
import type { LambdaPorts } from '../ports.ts'
import type { ImageTag } from './image-name.ts'
import { imageKey, images, type TaggedImage } from './image-record.ts'
import { forgetUploads } from './uploads.ts'

/** Answers what was there; undefined when there was nothing. */
export async function removeImage(
  ports: Pick<LambdaPorts, 'clock' | 'store'>,
  tag: ImageTag,
): Promise<TaggedImage | undefined> {
  const removed = await transact(ports.store, async (transaction) => {
    const found = await images.get(transaction, imageKey(tag))
    if (found) await images.delete(transaction, imageKey(tag))
    return found?.value
  })
  await forgetUploads(ports, tag.account)
  return removed
}
