// The contract of the Blobs port, as tests. Every driver calls `blobsContract`.
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { BlobMissingError, type BlobRange, type Blobs } from './blobs.ts'

export interface BlobsHarness {
  /** Opens the blobs over the same data each time. */
  open(clock: ManualClock): Promise<Blobs>
  dispose(): Promise<void>
}

const MIB = 1024 * 1024
const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))

/** Bytes that look random and are the same for the same seed. */
function noise(length: number, salt: number): Buffer {
  const random = seededRandom(seed + salt)
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.trunc(random() * 2 ** 32), at)
  return bytes
}

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function read(blobs: Blobs, id: string, range?: BlobRange): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of blobs.get(id, range)) {
    assert.ok(chunk.length <= MIB)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Declares the tests of the contract for one driver. */
export function blobsContract(driver: string, harness: BlobsHarness): void {
  describe(`blobs contract: ${driver} (seed ${seed})`, () => {
    const clock = new ManualClock(Date.now())
    let blobs: Blobs
    before(async () => {
      blobs = await harness.open(clock)
    })
    after(async () => {
      await blobs.close()
      await harness.dispose()
    })

    test('bytes of any size come back, given whole or in chunks of any size', async () => {
      for (const length of [0, 1, 1000, MIB - 1, MIB, MIB + 1, 3 * MIB + 17]) {
        const bytes = noise(length, length)
        const sources = [bytes, chunksOf(bytes, 64 * 1024), chunksOf(bytes, 777_777), chunksOf(bytes, 2 * MIB + 1)]
        for (const source of sources) {
          const { id, size, crc32: sum } = await blobs.put(source)
          assert.equal(size, length)
          assert.equal(sum, crc32(bytes))
          assert.equal(digest(await read(blobs, id)), digest(bytes))
        }
      }
    })

    test('empty chunks do no harm', async () => {
      async function* source(): AsyncGenerator<Uint8Array> {
        yield new Uint8Array()
        yield Buffer.from('a')
        yield new Uint8Array()
        yield Buffer.from('b')
      }
      for (const writing of [undefined, { passing: true } as const]) {
        const { id, size } = await blobs.put(source(), writing)
        assert.equal(size, 2)
        assert.equal((await read(blobs, id)).toString(), 'ab')
      }
    })

    test('the memory of a passing source is not used after the next but one was asked for', async () => {
      for (const chunkBytes of [1000, 300_000, MIB]) {
        const bytes = noise(5 * chunkBytes + 17, chunkBytes)
        const turns = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)]
        async function* source(): AsyncGenerator<Uint8Array> {
          let turn = 0
          for await (const chunk of chunksOf(bytes, chunkBytes)) {
            turns[(turn + 1) % 3]?.fill(0)
            const memory = turns[turn++ % 3]?.subarray(0, chunk.length) ?? new Uint8Array()
            memory.set(chunk)
            yield memory
          }
        }
        const { id } = await blobs.put(source(), { passing: true })
        for (const memory of turns) memory.fill(0)
        assert.equal(digest(await read(blobs, id)), digest(bytes))
      }
    })

    test('a source that sums up its bytes is believed', async () => {
      const bytes = noise(MIB + 5, 9)
      let ended = false
      async function* source(): AsyncGenerator<Uint8Array> {
        yield* chunksOf(bytes, 300_000)
        ended = true
      }
      const sum = (): number => {
        assert.ok(ended)
        return 77
      }
      const { id, crc32: told } = await blobs.put(source(), { passing: true, crc32: sum })
      assert.equal(told, 77)
      assert.equal(digest(await read(blobs, id)), digest(bytes))
    })

    test('chunks come in the size that a reader asks for', async () => {
      const bytes = noise(2 * MIB + 99, 5)
      const { id } = await blobs.put(bytes)
      const chunkBytes = 500_000
      const found: Buffer[] = []
      for await (const chunk of blobs.get(id, undefined, { chunkBytes, passing: true })) found.push(Buffer.from(chunk))
      assert.ok(found.slice(0, -1).every((chunk) => chunk.length === chunkBytes))
      assert.equal(digest(Buffer.concat(found)), digest(bytes))
    })

    test('a range is those bytes, cut to the size', async () => {
      const bytes = noise(2 * MIB + 5, 1)
      const { id } = await blobs.put(bytes)
      const ranges: [number, number][] = [
        [0, 1],
        [0, bytes.length],
        [MIB - 1, MIB + 1],
        [5, 5],
        [MIB, 2 * MIB + 5],
        [bytes.length - 1, bytes.length + 100],
        [bytes.length, bytes.length + 1],
        [bytes.length + 5, bytes.length + 10],
      ]
      for (const [start, end] of ranges)
        assert.ok((await read(blobs, id, { start, end })).equals(bytes.subarray(start, end)), `${start}..${end}`)
    })

    test('many puts at once each get their own blob', async () => {
      const ids = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => (await blobs.put(noise(500, index))).id),
      )
      assert.equal(new Set(ids).size, 100)
      for (const [index, id] of ids.entries()) assert.ok((await read(blobs, id)).equals(noise(500, index)))
    })

    test('what is not there is missing; so is every id that the driver did not make', async () => {
      const { id } = await blobs.put(Buffer.from('x'))
      await blobs.delete(id)
      await blobs.delete(id)
      const strange = [
        '',
        '.',
        '..',
        '../../etc/passwd',
        '/etc/passwd',
        `${id}/`,
        id.toUpperCase(),
        `${id}\0`,
        `../${id}`,
      ]
      for (const missing of [id, ...strange]) {
        await assert.rejects(read(blobs, missing), BlobMissingError)
        await blobs.delete(missing)
      }
    })

    test('a source that throws leaves nothing, and its error is passed on', async () => {
      const error = new Error('the client went away')
      async function* source(): AsyncGenerator<Uint8Array> {
        yield noise(MIB, 1)
        yield noise(MIB, 2)
        throw error
      }
      await assert.rejects(blobs.put(source()), error)
    })

    test('a reader that stops early does no harm', async () => {
      const { id } = await blobs.put(noise(4 * MIB, 3))
      for await (const chunk of blobs.get(id)) {
        assert.equal(chunk.length, MIB)
        break
      }
      await blobs.delete(id)
    })

    test('concat joins in order; the parts stay; a missing part leaves nothing', async () => {
      const parts = [noise(MIB + 3, 4), noise(0, 5), noise(17, 6)]
      const ids: string[] = []
      for (const part of parts) ids.push((await blobs.put(part)).id)
      const { id, size } = await blobs.concat([...ids, ...ids])
      const whole = Buffer.concat([...parts, ...parts])
      assert.equal(size, whole.length)
      assert.equal(digest(await read(blobs, id)), digest(whole))
      for (const [index, part] of ids.entries())
        assert.ok((await read(blobs, part)).equals(parts[index] ?? Buffer.of(1)))
      assert.equal((await blobs.concat([])).size, 0)
      await blobs.delete(ids[1] ?? '')
      await assert.rejects(blobs.concat(ids), BlobMissingError)
    })

    test('sweep deletes what is old and not referred to, and nothing else', async () => {
      await blobs.clear()
      const kept = (await blobs.put(Buffer.from('kept'))).id
      const lost = (await blobs.put(Buffer.from('lost'))).id
      const isReferenced = async (id: string): Promise<boolean> => id === kept
      assert.equal(await blobs.sweep(isReferenced, 60_000), 0)
      await clock.advance(120_000)
      assert.equal(await blobs.sweep(isReferenced, 60_000), 1)
      assert.equal((await read(blobs, kept)).toString(), 'kept')
      await assert.rejects(read(blobs, lost), BlobMissingError)
    })

    test('clear deletes everything, and puts go on', async () => {
      const before = (await blobs.put(Buffer.from('before'))).id
      const during = blobs.put(chunksOf(noise(2 * MIB, 7), 1000))
      await blobs.clear()
      await assert.rejects(read(blobs, before), BlobMissingError)
      await during
      const { id } = await blobs.put(Buffer.from('after'))
      assert.equal((await read(blobs, id)).toString(), 'after')
    })

    test('close waits for puts under way; everything is there after a restart', async () => {
      const bytes = noise(2 * MIB, 8)
      const underWay = blobs.put(chunksOf(bytes, 10_000))
      await blobs.close()
      const { id } = await underWay
      await assert.rejects(blobs.put(bytes))
      await assert.rejects(read(blobs, id))
      blobs = await harness.open(clock)
      assert.ok((await read(blobs, id)).equals(bytes))
    })
  })
}
