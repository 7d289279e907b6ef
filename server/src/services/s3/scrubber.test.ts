import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../base/ids.ts'
import { bodyOf, type S3World, worldWithBucket } from '../../../test/s3/kit.ts'
import { bodies } from './object-record.ts'
import { SealBrokenError } from './encryption/sealed-frames.ts'

const Bucket = 'photos'
const LARGE = 150_000

function flipBit(bytes: Buffer, draw: () => number): void {
  const at = Math.floor(draw() * bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(draw() * 8))
}

function damageBlob({ blobs }: S3World, draw: () => number): string {
  const [id, bytes] = [...blobs.kept][Math.floor(draw() * blobs.kept.size)] ?? assert.fail('no blob')
  flipBit(bytes, draw)
  return id
}

test('the scrubber finds nothing where nothing is wrong, and counts what it read', async () => {
  const world = await worldWithBucket()
  await world.put(Bucket, 'small', 'x')
  await world.put(Bucket, 'large', Buffer.alloc(LARGE, 'y'))
  assert.equal(await world.service.scrubber.report(), undefined)
  const report = await world.service.scrubber.scrub()
  assert.deepEqual([report.blobs, report.inlineBodies, report.damaged, report.unchecked], [1, 1, 0, 0])
  assert.ok(report.bytes > LARGE)
  assert.deepEqual(await world.service.scrubber.report(), report)
})

test('every flipped bit of a blob is found by the scrubber, and by whoever reads the object', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const draw = seededRandom(seed)
  for (let flip = 0; flip < 100; flip++) {
    const world = await worldWithBucket()
    await world.run('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } as never })
    await world.put(Bucket, 'one', Buffer.alloc(LARGE, 'y'))
    await world.put(Bucket, 'one', Buffer.alloc(LARGE, 'z'))
    const { UploadId = '' } = await world.run('CreateMultipartUpload', { Bucket, Key: 'parts' })
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: bodyOf(Buffer.alloc(LARGE, 'p')) }
    const { ETag } = await world.run('UploadPart', part)
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    await world.run('CompleteMultipartUpload', { Bucket, Key: 'parts', UploadId, MultipartUpload })
    const blob = damageBlob(world, draw)
    const report = await world.service.scrubber.scrub()
    assert.equal(report.damaged, 1, `seed ${seed}, flip ${flip}`)
    const [finding] = report.findings
    assert.deepEqual([finding?.kind, finding?.blob, finding?.bucket], ['changed', blob, Bucket])
    assert.ok(finding?.key === 'one' || finding?.key === 'parts')
    const VersionId = finding.versionId
    await assert.rejects(world.read(Bucket, finding.key, { VersionId }), SealBrokenError)
  }
})

test('flipped bits of inline bodies, and missing blobs, are found', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const draw = seededRandom(seed)
  const world = await worldWithBucket()
  for (let index = 0; index < 150; index++) await world.put(Bucket, `k${index}`, `content ${index}`)
  await world.put(Bucket, 'large', Buffer.alloc(LARGE))
  const hurt = new Set<string>()
  for (let flip = 0; flip < 20; flip++) {
    const name = `k${Math.floor(draw() * 150)}`
    if (hurt.has(name)) continue
    hurt.add(name)
    const key = bodies.keyOf([Bucket, Buffer.from(name)])
    const entry = await world.store.get(key)
    const value = Buffer.from(entry?.value ?? [])
    flipBit(value, draw)
    await world.store.commit({ sets: [{ key, value }] })
  }
  world.blobs.kept.clear()
  const report = await world.service.scrubber.scrub()
  const changed = report.findings.filter(({ kind }) => kind === 'changed').map(({ key }) => key)
  assert.deepEqual(new Set(changed), hurt, `seed ${seed}`)
  const missing = report.findings.filter(({ kind }) => kind === 'missing')
  assert.deepEqual(
    missing.map(({ key }) => key),
    ['large'],
  )
  for (const name of hurt) await assert.rejects(world.read(Bucket, name), SealBrokenError)
})
