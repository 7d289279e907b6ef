// The bytes of images: documents and layers, each sent once for an account and known by its digest. What was sent belongs to
// nobody until an image names it, so an image may be sent in several attempts.
import { createHash } from 'node:crypto'
import { eachStored } from '#storage/each-stored.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { transact } from '#storage/transact.ts'
import { withinCodeStorage } from '../account-quotas.ts'
import { functions, versions } from '../function-record.ts'
import type { LambdaPorts } from '../ports.ts'
import { ImageFault } from './image-fault.ts'
import { type ImageUpload, images, uploads } from './image-record.ts'
import { DOCUMENT_BYTES_MAX, UPLOAD_LIFE_MS } from './limits.ts'

type UploadPorts = Pick<LambdaPorts, 'blobs' | 'clock' | 'quotas' | 'storage' | 'store'>

/**
 * Keeps bytes under their digest; on disk when it resolves. Throws ImageFault when the digest is another one, and
 * CodeStorageExceededException above the account's quota.
 */
export async function keepUpload(
  ports: UploadPorts,
  account: string,
  digest: string,
  sent: { readonly bytes: number; readonly body: AsyncIterable<Uint8Array> },
): Promise<void> {
  await withinCodeStorage(ports, account, sent.bytes, async () => {
    const hash = createHash('sha256')
    const { id, size } = await ports.blobs.put(hashed(sent.body, hash))
    const found = hash.digest('hex')
    if (found !== digest) {
      await ports.blobs.delete(id)
      throw new ImageFault(`the bytes that were sent as sha256:${digest} are sha256:${found}`)
    }
    const upload: ImageUpload = { blobId: id, bytes: size, uploadedMs: ports.clock.nowMs() }
    await transact(ports.store, (transaction) => uploads.set(transaction, [account, digest], upload))
  })
}

/** Undefined when it was not sent, or is there no more. */
export async function findUpload(reader: Reader, account: string, digest: string): Promise<ImageUpload | undefined> {
  return (await uploads.get(reader, [account, digest]))?.value
}

/** The bytes of a document. Throws ImageFault for one that is too large. */
export async function readDocument(
  { blobs }: Pick<LambdaPorts, 'blobs'>,
  { blobId, bytes }: ImageUpload,
): Promise<Buffer> {
  if (bytes > DOCUMENT_BYTES_MAX)
    throw new ImageFault(`a document of the image has more than ${DOCUMENT_BYTES_MAX} bytes`)
  const pieces: Uint8Array[] = []
  for await (const piece of blobs.get(blobId)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Forgets what was sent long ago and belongs to no image and no function; the sweep of the blobs then takes the bytes. */
export async function forgetUploads(ports: Pick<LambdaPorts, 'clock' | 'store'>, account: string): Promise<void> {
  const beforeMs = ports.clock.nowMs() - UPLOAD_LIFE_MS
  const old: string[] = []
  await eachStored(
    (after) => uploads.list(ports.store, { prefix: [account], ...(after && { after }) }),
    ({ key, value }) => void (value.uploadedMs < beforeMs && old.push(String(key[1]))),
  )
  for (const digest of old)
    await transact(ports.store, async (transaction) => {
      const upload = await uploads.get(transaction, [account, digest])
      if (upload && !(await isUsed(transaction, upload.value.blobId)))
        await uploads.delete(transaction, [account, digest])
    })
}

/** Whether an image or a function has the bytes. */
async function isUsed(transaction: Transaction, blobId: string): Promise<boolean> {
  for (const collection of [images, functions, versions])
    if ((await collection.listIndex(transaction, 'blob', { prefix: [blobId] }, { limit: 1 })).length > 0) return true
  return false
}

/** What an account has sent and what its images hold, each once. */
export async function uploadedBytes({ store }: Pick<LambdaPorts, 'store'>, account: string): Promise<number> {
  let bytes = 0
  await eachStored(
    (after) => uploads.list(store, { prefix: [account], ...(after && { after }) }),
    ({ value }) => void (bytes += value.bytes),
  )
  return bytes
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
}
