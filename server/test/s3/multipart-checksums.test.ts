// Checksums of objects that come in parts, through the whole server with the AWS SDK, which computes those of the parts
// itself: all five algorithms, composite (a checksum of checksums) and of the full object, as far as each has them (S3 user
// guide, "Checking object integrity").
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  type CompletedPart,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type Served, serve } from './served.ts'

type Algorithm = Extract<ChecksumAlgorithm, 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'>

const Bucket = 'parts'
const PARTS = [Buffer.alloc(5 * 1024 * 1024, 'first '), Buffer.from('and the last')]
const KINDS: readonly (readonly [Algorithm, readonly ChecksumType[]])[] = [
  ['CRC32', ['COMPOSITE', 'FULL_OBJECT']],
  ['CRC32C', ['COMPOSITE', 'FULL_OBJECT']],
  ['CRC64NVME', ['FULL_OBJECT']],
  ['SHA1', ['COMPOSITE']],
  ['SHA256', ['COMPOSITE']],
]

let served: Served
let s3: S3Client

before(async () => {
  served = await serve()
  s3 = served.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => served.close())

/** What the SDK makes of the bytes. */
async function checksumOf(algorithm: Algorithm, Body: Buffer): Promise<string> {
  const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body, ChecksumAlgorithm: algorithm }))
  return put[`Checksum${algorithm}`] ?? assert.fail(`the SDK sends no ${algorithm}`)
}

async function code(sending: Promise<unknown>): Promise<string> {
  const error = await sending.then(
    () => assert.fail('was expected to fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof S3ServiceException, String(error))
  return error.name
}

for (const [algorithm, types] of KINDS) {
  const member = `Checksum${algorithm}` as const

  const begin = async (Key: string, ChecksumType: ChecksumType): Promise<string> => {
    const input = { Bucket, Key, ChecksumAlgorithm: algorithm, ChecksumType }
    const begun = await s3.send(new CreateMultipartUploadCommand(input))
    assert.deepEqual([begun.ChecksumAlgorithm, begun.ChecksumType], [algorithm, ChecksumType])
    return begun.UploadId ?? ''
  }

  for (const type of types)
    test(`${algorithm}, ${type}`, async () => {
      const Key = `${algorithm}-${type}`
      const UploadId = await begin(Key, type)
      const Parts: CompletedPart[] = []
      const checksums: string[] = []
      for (const [index, Body] of PARTS.entries()) {
        const part = { Bucket, Key, UploadId, PartNumber: index + 1 }
        const sent = await s3.send(new UploadPartCommand({ ...part, Body, ChecksumAlgorithm: algorithm }))
        const checksum = await checksumOf(algorithm, Body)
        assert.equal(sent[member], checksum)
        Parts.push({ PartNumber: part.PartNumber, ETag: sent.ETag, [member]: checksum })
        checksums.push(checksum)
      }
      const ofParts = Buffer.concat(checksums.map((checksum) => Buffer.from(checksum, 'base64')))
      const typed = (checksum: string): string => (type === 'COMPOSITE' ? `${checksum}-${PARTS.length}` : checksum)
      const expected = typed(await checksumOf(algorithm, type === 'COMPOSITE' ? ofParts : Buffer.concat(PARTS)))
      const complete = (more: object, listed = Parts): Promise<CompleteMultipartUploadCommandOutput> => {
        const input = { Bucket, Key, UploadId, ChecksumType: type, MultipartUpload: { Parts: listed }, ...more }
        return s3.send(new CompleteMultipartUploadCommand(input))
      }
      const exchanged = Parts.map(({ PartNumber, ETag }, index) => ({
        PartNumber,
        ETag,
        [member]: checksums[1 - index],
      }))
      assert.equal(await code(complete({}, exchanged)), 'InvalidPart')
      const wrong = typed(await checksumOf(algorithm, Buffer.from('other bytes')))
      assert.equal(await code(complete({ [member]: wrong })), 'BadDigest')
      const done = await complete({ [member]: expected })
      assert.deepEqual([done[member], done.ChecksumType], [expected, type])
      const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
      assert.deepEqual([got[member], got.ChecksumType], [expected, type])
      // The client holds a full-object checksum against what it reads.
      assert.ok(Buffer.concat(PARTS).equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0)))
      const attributes = await s3.send(
        new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts'] }),
      )
      assert.deepEqual([attributes.Checksum?.[member], attributes.Checksum?.ChecksumType], [expected, type])
    })

  const missing = (['COMPOSITE', 'FULL_OBJECT'] as const).filter((type) => !types.includes(type))
  for (const type of missing)
    test(`${algorithm} has no ${type}`, async () => {
      assert.equal(await code(begin('never', type)), 'InvalidRequest')
    })
}
