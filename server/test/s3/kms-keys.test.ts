// Objects under KMS keys of the customer: what the key's state means for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as kms from '@aws-sdk/client-kms'
import * as iam from '@aws-sdk/client-iam'
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

test('who may use the object but not its key is refused', async () => {
  await using server = await openServer({ readyCells: {} })
  const config = { ...server.sdk, region: 'us-east-1' }
  const s3 = new sdk.S3Client(config)
  const keys = new kms.KMSClient(config)
  const users = new iam.IAMClient(config)
  const Bucket = 'keyed'
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
  const { KeyMetadata } = await keys.send(new kms.CreateKeyCommand({}))
  const own = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata?.KeyId } as const
  // A customer's key, whatever its alias ends with.
  const AliasName = 'alias/mine/alias/aws/s3'
  await keys.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId }))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'own', Body: 'x', ...own }))
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'managed', Body: 'x', ServerSideEncryption: 'aws:kms' }))
  await users.send(new iam.CreateUserCommand({ UserName: 'reader' }))
  const allow = (PolicyName: string, statement: object): Promise<unknown> =>
    users.send(
      new iam.PutUserPolicyCommand({
        UserName: 'reader',
        PolicyName,
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }),
      }),
    )
  await allow('objects', { Action: 's3:*', Resource: '*' })
  const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName: 'reader' }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const reader = new sdk.S3Client({ ...config, credentials })
  const outcome = async (sending: Promise<unknown>): Promise<string> => {
    try {
      await sending
      return 'ok'
    } catch (error) {
      assert.ok(error instanceof sdk.S3ServiceException, String(error))
      return `${error.$metadata.httpStatusCode} ${error.name}`
    }
  }
  const get = (Key: string): Promise<string> => outcome(reader.send(new sdk.GetObjectCommand({ Bucket, Key })))
  const put = (more: object): Promise<string> =>
    outcome(reader.send(new sdk.PutObjectCommand({ Bucket, Key: 'new', Body: 'x', ...more })))
  try {
    assert.equal(await get('managed'), 'ok')
    assert.equal(await get('own'), '403 AccessDenied')
    assert.equal(await put(own), '403 AccessDenied')
    assert.equal(await put({ ...own, SSEKMSKeyId: AliasName }), '403 AccessDenied')
    const throughS3 = { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }
    await allow('key', { Action: 'kms:Decrypt', Resource: KeyMetadata?.Arn, Condition: throughS3 })
    assert.equal(await get('own'), 'ok')
    assert.equal(await put(own), '403 AccessDenied')
    await allow('key', { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: KeyMetadata?.Arn })
    assert.equal(await put(own), 'ok')
    assert.equal(await put({ ServerSideEncryption: 'aws:kms' }), 'ok')
  } finally {
    for (const client of [s3, keys, users, reader]) client.destroy()
  }
})
