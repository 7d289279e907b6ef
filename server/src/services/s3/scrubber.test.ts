import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../base/ids.ts'
import { flipBit, flipBitsOfBlobs } from '../../../test/s3/flipped-bits.ts'
import { worldWithBucket } from '../../../test/s3/kit.ts'
import { bodies } from './object-record.ts'
import { SealBrokenError } from './encryption/sealed-frames.ts'

const Bucket = 'photos'
const LARGE = 150_000

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

test('every flipped bit of a blob is found by the scrubber, and by whoever reads the object', () =>
  flipBitsOfBlobs(100))

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
