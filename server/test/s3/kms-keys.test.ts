// Objects under KMS keys of the customer: what the key's state means for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import * as sdk from '@aws-sdk/client-s3'
import { openServer } from '../conformance/server-kit.ts'

test('a disabled key makes its objects unreadable, and back', async () => {
  await using server = await openServer({ readyCells: {} })
  const s3 = new sdk.S3Client({ ...server.sdk, region: 'us-east-1' })
  const keys = new kms.KMSClient({ ...server.sdk, region: 'us-east-1' })
  try {
    const Bucket = 'keyed'
    await s3.send(new sdk.CreateBucketCommand({ Bucket }))
    const { KeyMetadata } = await keys.send(new kms.CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId ?? ''
    const SSEKMSEncryptionContext = Buffer.from(JSON.stringify({ department: 'red' })).toString('base64')
    const put = await s3.send(
      new sdk.PutObjectCommand({
        Bucket,
        Key: 'k',
        Body: 'secret',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: KeyId,
        SSEKMSEncryptionContext,
      }),
    )
    assert.equal(put.SSEKMSKeyId, KeyMetadata?.Arn)
    const read = async (): Promise<string | undefined> =>
      (await s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }))).Body?.transformToString()
    assert.equal(await read(), 'secret')
    await keys.send(new kms.DisableKeyCommand({ KeyId }))
    await assert.rejects(read(), (error: unknown) => {
      assert.ok(error instanceof sdk.S3ServiceException)
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['KMS.DisabledException', 400])
      return true
    })
    // What is told about the object needs no key.
    assert.equal((await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: 'k' }))).SSEKMSKeyId, KeyMetadata?.Arn)
    await keys.send(new kms.EnableKeyCommand({ KeyId }))
    assert.equal(await read(), 'secret')
  } finally {
    s3.destroy()
    keys.destroy()
  }
})
