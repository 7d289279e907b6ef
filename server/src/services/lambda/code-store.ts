// Keeps the packages of functions: checks an upload, puts it into the blobs, and gives the engine a package that it can
// unpack. A package is proven to be unpackable before it is acknowledged.
import { createHash } from 'node:crypto'
import type { CodePackage } from '#engine/engine.ts'
import type { Blobs } from '#storage/blobs.ts'
import { invalidParameter } from './errors.ts'
import type { StoredCode } from './function-record.ts'
import { UNZIPPED_BYTES_MAX, ZIP_IN_MEMORY_BYTES_MAX } from './limits.ts'
import { unpackContents, verifyContents } from './zip-contents.ts'
import {
  BadPackageError,
  openPackage,
  openStoredPackage,
  type PackageDirectory,
  PackageTooLargeError,
} from './zip-directory.ts'

/** Checks a zip without keeping it. Throws InvalidParameterValueException. */
export async function checkZip(zip: Buffer): Promise<{ readonly sha256: string; readonly unpackedBytes: number }> {
  if (zip.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip')
  const unpackedBytes = await proven(() => openPackage(zip))
  return { sha256: createHash('sha256').update(zip).digest('hex'), unpackedBytes }
}

/** Stores a zip that is in memory. Throws InvalidParameterValueException when it cannot be a package. */
export async function storeZip(blobs: Blobs, zip: Buffer): Promise<StoredCode> {
  const { sha256, unpackedBytes } = await checkZip(zip)
  const { id } = await blobs.put(zip)
  return { blobId: id, sha256, zipBytes: zip.length, unpackedBytes }
}

/** Stores a zip that arrives in pieces; what turns out not to be a package is deleted again. */
export async function storeZipStream(blobs: Blobs, source: AsyncIterable<Uint8Array>): Promise<StoredCode> {
  const hash = createHash('sha256')
  const { id, size } = await blobs.put(limited(source, hash))
  try {
    if (size === 0) throw invalidParameter('Uploaded file must be a non-empty zip')
    const unpackedBytes = await proven(() => openBlob(blobs, { blobId: id, zipBytes: size }))
    return { blobId: id, sha256: hash.digest('hex'), zipBytes: size, unpackedBytes }
  } catch (error) {
    await blobs.delete(id)
    throw error
  }
}

/** A stored package in the form that the engine takes. */
export function codePackage(blobs: Blobs, code: StoredCode): CodePackage {
  return {
    id: code.sha256,
    size: code.unpackedBytes,
    async unpack(folder) {
      const directory = await openBlob(blobs, code)
      try {
        await unpackContents(directory, folder)
      } finally {
        directory.zip.close()
      }
    },
  }
}

async function openBlob(blobs: Blobs, code: Pick<StoredCode, 'blobId' | 'zipBytes'>): Promise<PackageDirectory> {
  if (code.zipBytes > ZIP_IN_MEMORY_BYTES_MAX) return openStoredPackage(blobs, code.blobId, code.zipBytes)
  const chunks: Uint8Array[] = []
  for await (const chunk of blobs.get(code.blobId)) chunks.push(chunk)
  return openPackage(Buffer.concat(chunks))
}

/** Opens and reads a package through; answers its unpacked size. */
async function proven(open: () => Promise<PackageDirectory>): Promise<number> {
  try {
    const directory = await open()
    try {
      if (directory.entries.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip')
      await verifyContents(directory)
    } finally {
      directory.zip.close()
    }
    return directory.unpackedBytes
  } catch (error) {
    if (error instanceof PackageTooLargeError)
      throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`, error)
    if (error instanceof BadPackageError)
      throw invalidParameter(
        `Could not unzip uploaded file. Please check your file, then try to upload again. (${error.message})`,
        error,
      )
    throw error
  }
}

/** A zip is never larger than what it may hold and its names, so more than that is refused while it arrives. */
async function* limited(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > UNZIPPED_BYTES_MAX)
      throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`)
    hash.update(chunk)
    yield chunk
  }
}
