// Blobs in memory, for tests that need no disk.
import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { BlobMissingError, type Blobs, type StoredBlob } from '#storage/blobs.ts'

export class MemoryBlobs implements Blobs {
  readonly bytes = new Map<string, Buffer>()

  async put(source: Uint8Array | AsyncIterable<Uint8Array>): ReturnType<Blobs['put']> {
    const chunks: Uint8Array[] = []
    if (source instanceof Uint8Array) chunks.push(source)
    else for await (const chunk of source) chunks.push(chunk)
    return this.#keep(Buffer.concat(chunks))
  }

  async *get(id: string, range?: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    const bytes = this.bytes.get(id)
    if (!bytes) throw new BlobMissingError(id)
    yield range ? bytes.subarray(range.start, range.end) : bytes
  }

  async concat(ids: readonly string[]): ReturnType<Blobs['concat']> {
    return this.#keep(Buffer.concat(ids.map((id) => this.bytes.get(id) ?? Buffer.alloc(0))))
  }

  async delete(id: string): Promise<void> {
    this.bytes.delete(id)
  }

  async sweep(isReferenced: (id: string) => Promise<boolean>): Promise<number> {
    let count = 0
    for (const id of this.bytes.keys())
      if (!(await isReferenced(id))) {
        this.bytes.delete(id)
        count++
      }
    return count
  }

  async clear(): Promise<void> {
    this.bytes.clear()
  }

  async close(): Promise<void> {}

  #keep(bytes: Buffer): StoredBlob {
    const id = randomUUID().replaceAll('-', '')
    this.bytes.set(id, bytes)
    return { id, size: bytes.length, crc32: crc32(bytes) }
  }
}
