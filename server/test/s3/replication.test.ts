// Replication through the SDK: to another bucket, and to another Mayfly that is not there at first.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

const Role = 'arn:aws:iam::000000000000:role/replicates'
const FAR = 'far-away'
let server: TestServer
let s3: sdk.S3Client
let farPort: number

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

before(async () => {
  farPort = await freePort()
  server = await openServer({
    readyCells: {},
    s3RemoteBuckets: `${FAR}=http://test:test@127.0.0.1:${farPort}/us-east-1`,
  })
  s3 = new sdk.S3Client({ ...server.sdk, region: 'us-east-1' })
})
after(async () => {
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

async function versioned(client: sdk.S3Client, Bucket: string): Promise<void> {
  await client.send(new sdk.CreateBucketCommand({ Bucket }))
  await client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
}

function ruleTo(bucket: string, more: Partial<sdk.ReplicationRule> = {}): sdk.ReplicationRule {
  return {
    ID: `to ${bucket}`,
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: 'docs/' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    Destination: { Bucket: `arn:aws:s3:::${bucket}` },
    ...more,
  }
}

async function replicate(Bucket: string, ...Rules: sdk.ReplicationRule[]): Promise<void> {
  await s3.send(new sdk.PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }))
}

async function statusOf(Bucket: string, Key: string): Promise<string | undefined> {
  return (await s3.send(new sdk.HeadObjectCommand({ Bucket, Key }))).ReplicationStatus
}

const completed = (Bucket: string, Key: string): Promise<true> =>
  eventually('replication', async () => ((await statusOf(Bucket, Key)) === 'COMPLETED' ? true : undefined))

test('objects of all sizes, their tags, and delete markers go to another bucket as the same versions', async () => {
  await versioned(s3, 'source')
  await versioned(s3, 'destination')
  await replicate(
    'source',
    ruleTo('destination', { Destination: { Bucket: 'arn:aws:s3:::destination', StorageClass: 'STANDARD_IA' } }),
  )
  for (const [Key, Body] of [
    ['docs/small', Buffer.from('small')],
    ['docs/large', Buffer.alloc(300_000, 'large')],
  ] as const) {
    const put = await s3.send(
      new sdk.PutObjectCommand({
        Bucket: 'source',
        Key,
        Body,
        Metadata: { a: 'b' },
        Tagging: 'k=v',
        ContentType: 'text/plain',
      }),
    )
    await completed('source', Key)
    const got = await s3.send(new sdk.GetObjectCommand({ Bucket: 'destination', Key }))
    assert.equal(got.VersionId, put.VersionId)
    assert.equal(got.ETag, put.ETag)
    assert.equal(got.ReplicationStatus, 'REPLICA')
    assert.equal(got.StorageClass, 'STANDARD_IA')
    assert.equal(got.ContentType, 'text/plain')
    assert.deepEqual(got.Metadata, { a: 'b' })
    assert.equal(got.TagCount, 1)
    assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body))
  }
  await s3.send(
    new sdk.PutObjectTaggingCommand({
      Bucket: 'source',
      Key: 'docs/small',
      Tagging: { TagSet: [{ Key: 'later', Value: 'yes' }] },
    }),
  )
  await eventually('tags', async () => {
    const { TagSet } = await s3.send(new sdk.GetObjectTaggingCommand({ Bucket: 'destination', Key: 'docs/small' }))
    return TagSet?.[0]?.Key === 'later' ? true : undefined
  })
  const { VersionId } = await s3.send(new sdk.DeleteObjectCommand({ Bucket: 'source', Key: 'docs/small' }))
  const marker = await eventually('marker', async () => {
    const { DeleteMarkers } = await s3.send(new sdk.ListObjectVersionsCommand({ Bucket: 'destination' }))
    return DeleteMarkers?.[0]
  })
  assert.equal(marker.VersionId, VersionId)
  // Deleting a version for good is never replicated.
  await s3.send(new sdk.DeleteObjectCommand({ Bucket: 'source', Key: 'docs/large', VersionId: 'null' }))
  await s3.send(new sdk.HeadObjectCommand({ Bucket: 'destination', Key: 'docs/large' }))
})

test('what no rule names stays, and replicas are not replicated again', async () => {
  await versioned(s3, 'first')
  await versioned(s3, 'second')
  await replicate(
    'first',
    ruleTo('second', {
      Filter: { And: { Prefix: 'a', Tags: [{ Key: 'go', Value: 'yes' }] } },
      DeleteMarkerReplication: { Status: 'Disabled' },
    }),
  )
  await replicate('second', ruleTo('first', { Filter: { Prefix: '' } }))
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'first', Key: 'a1', Body: 'x' }))
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'first', Key: 'b1', Body: 'x', Tagging: 'go=yes' }))
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'first', Key: 'a2', Body: 'x', Tagging: 'go=yes' }))
  await completed('first', 'a2')
  assert.equal(await statusOf('first', 'a1'), undefined)
  assert.equal(await statusOf('second', 'a2'), 'REPLICA')
  const { Contents } = await s3.send(new sdk.ListObjectsV2Command({ Bucket: 'second' }))
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['a2'],
  )
})

test('a multipart object keeps its ETag, a key of KMS becomes the one of the destination', async () => {
  await versioned(s3, 'parts-from')
  await versioned(s3, 'parts-to')
  await replicate(
    'parts-from',
    ruleTo('parts-to', {
      Filter: { Prefix: '' },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: {
        Bucket: 'arn:aws:s3:::parts-to',
        EncryptionConfiguration: { ReplicaKmsKeyID: 'alias/aws/s3' },
      },
    }),
  )
  const at = { Bucket: 'parts-from', Key: 'big' }
  const { UploadId } = await s3.send(new sdk.CreateMultipartUploadCommand(at))
  const Parts: sdk.CompletedPart[] = []
  for (const [index, size] of [5 * 1024 * 1024, 1000].entries()) {
    const PartNumber = index + 1
    const Body = Buffer.alloc(size, `part ${PartNumber}`)
    const { ETag } = await s3.send(new sdk.UploadPartCommand({ ...at, UploadId, PartNumber, Body }))
    Parts.push({ PartNumber, ETag })
  }
  const { ETag } = await s3.send(
    new sdk.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
  )
  await completed(at.Bucket, at.Key)
  const got = await s3.send(new sdk.GetObjectCommand({ Bucket: 'parts-to', Key: 'big' }))
  assert.equal(got.ETag, ETag)
  assert.equal((await got.Body?.transformToByteArray())?.length, 5 * 1024 * 1024 + 1000)
  await s3.send(
    new sdk.PutObjectCommand({ Bucket: 'parts-from', Key: 'kms', Body: 'secret', ServerSideEncryption: 'aws:kms' }),
  )
  await completed('parts-from', 'kms')
  const kms = await s3.send(new sdk.GetObjectCommand({ Bucket: 'parts-to', Key: 'kms' }))
  assert.equal(kms.ServerSideEncryption, 'aws:kms')
  assert.equal(await kms.Body?.transformToString(), 'secret')
})

test('another endpoint that is down gets everything when it is there', async () => {
  await versioned(s3, 'near')
  await replicate('near', ruleTo(FAR, { Filter: { Prefix: '' } }))
  const Body = Buffer.alloc(200_000, 'across')
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'near', Key: 'a key/ü', Body, Metadata: { from: 'near' } }))
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'near', Key: 'gone', Body: 'x' }))
  await s3.send(new sdk.DeleteObjectCommand({ Bucket: 'near', Key: 'gone' }))
  assert.equal(await statusOf('near', 'a key/ü'), 'PENDING')
  const far = await openServer({ mode: 'dev', port: farPort, readyCells: {} })
  const there = new sdk.S3Client({ ...far.sdk, region: 'us-east-1' })
  try {
    await there.send(new sdk.CreateBucketCommand({ Bucket: FAR }))
    await completed('near', 'a key/ü')
    const got = await there.send(new sdk.GetObjectCommand({ Bucket: FAR, Key: 'a key/ü' }))
    assert.deepEqual(got.Metadata, { from: 'near' })
    assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body))
    await eventually('the deletion', async () => {
      const { Contents } = await there.send(new sdk.ListObjectsV2Command({ Bucket: FAR }))
      return Contents?.length === 1 ? true : undefined
    })
  } finally {
    there.destroy()
    await far[Symbol.asyncDispose]()
  }
})

test('what cannot be replicated says FAILED', async () => {
  await versioned(s3, 'fails')
  await versioned(s3, 'fails-into')
  await replicate('fails', ruleTo('fails-into', { Filter: { Prefix: '' } }))
  await s3.send(
    new sdk.PutBucketVersioningCommand({ Bucket: 'fails-into', VersioningConfiguration: { Status: 'Suspended' } }),
  )
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'fails', Key: 'k', Body: 'x' }))
  assert.equal(await statusOf('fails', 'k'), 'PENDING')
  // Without its rule the next attempt is the last one.
  await s3.send(new sdk.DeleteBucketReplicationCommand({ Bucket: 'fails' }))
  await eventually('failure', async () => ((await statusOf('fails', 'k')) === 'FAILED' ? true : undefined))
})
