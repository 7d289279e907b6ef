// Two services over one store, as two nodes are: what one of them has in memory is behind what the other one wrote.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bodyOf, createWorld, fails, type S3World } from '../../../test/s3/kit.ts'
import { SEEN_BODY_BYTES_MAX, SEEN_OBJECTS_BYTES_MAX } from './limits.ts'
import { SeenObjects, seenName } from './seen-objects.ts'

const Bucket = 'photos'

async function twoNodes(): Promise<readonly [S3World, S3World]> {
  const one = createWorld()
  await one.run('CreateBucket', { Bucket })
  return [one, createWorld({ store: one.store, blobs: one.blobs })]
}

const text = async (world: S3World, key: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  (await world.read(Bucket, key, more)).toString()

test('a reader sees what another node wrote, and that it deleted', async () => {
  const [one, other] = await twoNodes()
  for (const content of ['first', 'x'.repeat(SEEN_BODY_BYTES_MAX + 1), 'y'.repeat(100_000), '', 'last']) {
    await other.put(Bucket, 'a', content)
    for (let again = 0; again < 3; again++) assert.equal(await text(one, 'a'), content)
    if (content !== '') assert.equal(await text(one, 'a', { Range: 'bytes=1-3' }), content.slice(1, 4))
  }
  await other.run('DeleteObject', { Bucket, Key: 'a' })
  await assert.rejects(one.read(Bucket, 'a'), fails('NoSuchKey', 404))
  await other.put(Bucket, 'a', 'made again')
  assert.equal(await text(one, 'a'), 'made again')
})

test('a writer whose memory is behind writes all the same, and nothing is left over', async () => {
  const [one, other] = await twoNodes()
  // Nobody reads in between: what each of them knows is what it wrote itself.
  for (let turn = 0; turn < 5; turn++)
    for (const world of [one, other]) await world.put(Bucket, 'a', `${turn}`.padEnd(70_000))
  assert.equal((await text(one, 'a')).trim(), '4')
  await other.run('DeleteObject', { Bucket, Key: 'a' })
  await one.put(Bucket, 'a', 'small')
  assert.equal(await text(other, 'a'), 'small')
  for (const world of [one, other]) await world.service.idle()
  assert.equal(one.blobs.kept.size, 0)
})

test('a conditional write is decided for what is there, not for what was', async () => {
  const [one, other] = await twoNodes()
  const { ETag: before } = await one.put(Bucket, 'a', 'before')
  const { ETag: now } = await other.put(Bucket, 'a', 'now')
  const put = (IfMatch: string | undefined): Promise<unknown> =>
    one.run('PutObject', { Bucket, Key: 'a', Body: bodyOf('next'), IfMatch })
  await assert.rejects(put(before), fails('PreconditionFailed', 412))
  await put(now)
  await other.run('DeleteObject', { Bucket, Key: 'a' })
  await one.run('PutObject', { Bucket, Key: 'a', Body: bodyOf('new'), IfNoneMatch: '*' })
  assert.equal(await text(other, 'a'), 'new')
})

test('older versions are read beside the latest one', async () => {
  const [one] = await twoNodes()
  await one.put(Bucket, 'a', 'null')
  await one.run('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  const { VersionId } = await one.put(Bucket, 'a', 'second')
  await one.put(Bucket, 'a', 'third')
  for (let again = 0; again < 3; again++) {
    assert.equal(await text(one, 'a'), 'third')
    assert.equal(await text(one, 'a', { VersionId }), 'second')
    assert.equal(await text(one, 'a', { VersionId: 'null' }), 'null')
  }
})

test('what a customer has the key of is not kept open', async () => {
  const [one] = await twoNodes()
  const headers = (key: Buffer): Readonly<Record<string, unknown>> => ({
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  })
  const key = randomBytes(32)
  await one.run('PutObject', { Bucket, Key: 'a', Body: bodyOf('secret'), ...headers(key) })
  for (let again = 0; again < 3; again++) assert.equal(await text(one, 'a', headers(key)), 'secret')
  await assert.rejects(one.read(Bucket, 'a', headers(randomBytes(32))), fails('AccessDenied', 403))
  await assert.rejects(one.read(Bucket, 'a'), fails('InvalidRequest', 400))
})

test('what is kept has a bound, and large bodies are not kept', () => {
  const seen = new SeenObjects()
  const record = { kind: 'marker', modifiedMs: 0, sequencer: '1' } as const
  const count = Math.ceil((2 * SEEN_OBJECTS_BYTES_MAX) / SEEN_BODY_BYTES_MAX)
  const names = Array.from({ length: count }, (_, index) => seenName(Bucket, String(index)))
  for (const name of names) seen.opened(seen.keep(name, 1, record), new Uint8Array(SEEN_BODY_BYTES_MAX))
  const kept = names.map((name) => seen.look(name)).filter((found) => found !== undefined)
  assert.ok(kept.length > 0 && kept.length * SEEN_BODY_BYTES_MAX <= SEEN_OBJECTS_BYTES_MAX)
  assert.ok(kept.every(({ body }) => body?.length === SEEN_BODY_BYTES_MAX))
  seen.opened(seen.keep('large', 1, record), new Uint8Array(SEEN_BODY_BYTES_MAX + 1))
  assert.equal(seen.look('large')?.body, undefined)
})
