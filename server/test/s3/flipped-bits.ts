// Blobs in which one bit is not what was written: the scrubber finds each, and no reader is given any of it.
import assert from 'node:assert/strict'
import { seededRandom } from '#base/ids.ts'
import { SealBrokenError } from '../../src/services/s3/encryption/sealed-frames.ts'
import { bodyOf, type S3World, worldWithBucket } from './kit.ts'

const Bucket = 'photos'
const LARGE = 150_000

export function flipBit(bytes: Buffer, draw: () => number): void {
  const at = Math.floor(draw() * bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(draw() * 8))
}

function damageBlob({ blobs }: S3World, draw: () => number): string {
  const [id, bytes] = [...blobs.kept][Math.floor(draw() * blobs.kept.size)] ?? assert.fail('no blob')
  flipBit(bytes, draw)
  return id
}

/** Flips so many bits, each in a world of its own. Throws where one is not found, with the seed. */
export async function flipBitsOfBlobs(flips: number): Promise<void> {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const draw = seededRandom(seed)
  for (let flip = 0; flip < flips; flip++) {
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
}
