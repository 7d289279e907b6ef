import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, test } from 'node:test'
import { Md5Thread } from './md5-thread.ts'
import { hashedStream } from './hashed-stream.ts'
import type { Digests } from './digests.ts'
import { MD5_THREAD_BODIES_MAX, MD5_THREAD_BUFFER_BYTES, MD5_THREAD_BYTES_MIN } from './limits.ts'

const thread = new Md5Thread()
after(() => thread.close())

async function* chunksOf(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

test('the thread computes what the digests are, for chunks of any size', async () => {
  const bytes = Buffer.alloc(3 * MD5_THREAD_BUFFER_BYTES + 17, 'photograph')
  for (const chunkBytes of [1000, 65_536, MD5_THREAD_BUFFER_BYTES, MD5_THREAD_BUFFER_BYTES + 1, bytes.length]) {
    let digests: Digests | undefined
    const stream = hashedStream(
      thread,
      chunksOf(bytes, chunkBytes),
      bytes.length,
      ['SHA256', 'CRC32'],
      (found) => (digests = found),
    )
    assert.ok(Buffer.concat(await Array.fromAsync(stream)).equals(bytes))
    assert.equal(digests?.md5, hash('md5', bytes, 'hex'))
    assert.equal(digests.checksums.get('SHA256'), hash('sha256', bytes, 'base64'))
    assert.equal(digests.checksums.size, 2)
  }
})

test('bodies at once do not mix, and beyond the bound they are hashed by the caller', async () => {
  const bodies = Array.from({ length: MD5_THREAD_BODIES_MAX + 3 }, (_, index) =>
    Buffer.alloc(MD5_THREAD_BYTES_MIN + index, index + 1),
  )
  const found = await Promise.all(
    bodies.map(async (bytes) => {
      let md5 = ''
      for await (const _chunk of hashedStream(
        thread,
        chunksOf(bytes, 60_000),
        bytes.length,
        [],
        (digests) => (md5 = digests.md5),
      ));
      return md5
    }),
  )
  assert.deepEqual(
    found,
    bodies.map((bytes) => hash('md5', bytes, 'hex')),
  )
})

test('a body that is given up leaves its room to others', async () => {
  for (let round = 0; round < MD5_THREAD_BODIES_MAX * 2; round++) {
    const stream = hashedStream(
      thread,
      chunksOf(Buffer.alloc(MD5_THREAD_BYTES_MIN), 50_000),
      MD5_THREAD_BYTES_MIN,
      [],
      () => {},
    )
    await stream.next()
    await stream.return(undefined)
  }
  const owned = Array.from({ length: MD5_THREAD_BODIES_MAX }, () => thread.begin())
  assert.ok(owned.every((body) => body !== undefined))
  assert.equal(thread.begin(), undefined)
  for (const body of owned) body?.drop()
})

test('when the thread is closed, bodies under way fail and the next one starts it again', async () => {
  const body = thread.begin()
  assert.ok(body)
  await body.update(Buffer.from('x'))
  await thread.close()
  await assert.rejects(body.end(), /MD5 thread ended/)
  const next = thread.begin()
  assert.ok(next)
  await next.update(Buffer.from('x'))
  assert.equal(await next.end(), hash('md5', 'x', 'hex'))
})
