// Encryption at rest over the wire: what clients are told, who may read what with which key, and that nothing of a body can be
// found in the data folder.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const Bucket = 'sealed'
const MARK = 'a sentence that must not be found on the disk'
const SIZES = [20, 70_000, 3 * 1024 * 1024 + 17]
let server: TestServer
let s3: sdk.S3Client

before(async () => {
  server = await openServer({ readyCells: {} })
  s3 = new sdk.S3Client({ ...server.sdk, region: 'us-east-1' })
  await s3.send(new sdk.CreateBucketCommand({ Bucket }))
})
after(async () => {
  s3.destroy()
  await server[Symbol.asyncDispose]()
})

function customerKey(): { key: Buffer; put: object; copySource: object } {
  const key = randomBytes(32)
  const md5 = createHash('md5').update(key).digest('base64')
  const text = key.toString('base64')
  return {
    key,
    put: { SSECustomerAlgorithm: 'AES256', SSECustomerKey: text, SSECustomerKeyMD5: md5 },
    copySource: {
      CopySourceSSECustomerAlgorithm: 'AES256',
      CopySourceSSECustomerKey: text,
      CopySourceSSECustomerKeyMD5: md5,
    },
  }
}

async function failure(sending: Promise<unknown>): Promise<readonly [string, number | undefined, string]> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof sdk.S3ServiceException, String(error))
    return [error.name, error.$metadata.httpStatusCode, error.message]
  }
  throw new Error('was expected to fail')
}

async function content(Key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket, Key, ...more }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

/** Every file below a folder that holds the text. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    if ((await readFile(path)).includes(text)) found.push(path)
  }
  return found
}

test('every way of encryption: answers, whole bodies, ranges, and nothing of them on the disk', async () => {
  const customer = customerKey()
  const ways = [
    ['s3', {}, {}, { ServerSideEncryption: 'AES256' }],
    ['kms', { ServerSideEncryption: 'aws:kms' }, {}, { ServerSideEncryption: 'aws:kms' }],
    [
      'bucket-key',
      { ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true },
      {},
      { ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true },
    ],
    // There are no bucket keys for two layers.
    [
      'dual',
      { ServerSideEncryption: 'aws:kms:dsse', BucketKeyEnabled: true },
      {},
      { ServerSideEncryption: 'aws:kms:dsse', BucketKeyEnabled: undefined },
    ],
    ['customer', customer.put, customer.put, { SSECustomerAlgorithm: 'AES256' }],
  ] as const
  for (const [name, write, read, told] of ways)
    for (const size of SIZES) {
      const Key = `${name}-${size}`
      const Body = Buffer.alloc(size, MARK)
      const put = await s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ...write }))
      const got = await s3.send(new sdk.GetObjectCommand({ Bucket, Key, ...read }))
      const head = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key, ...read }))
      for (const answer of [put, got, head])
        assert.deepEqual(
          Object.fromEntries(Object.keys(told).map((member) => [member, answer[member as keyof typeof answer]])),
          told,
          Key,
        )
      if (name === 'kms') assert.match(String(got.SSEKMSKeyId), /^arn:aws:kms:us-east-1:000000000000:key\//)
      assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body), Key)
      assert.equal(head.ContentLength, size)
      const [start, end] = [Math.floor(size / 3), Math.floor(size / 2)]
      const part = await content(Key, { ...read, Range: `bytes=${start}-${end}` })
      assert.ok(part.equals(Body.subarray(start, end + 1)), `${Key} ${start}-${end}`)
      assert.ok((await content(Key, { ...read, Range: 'bytes=-5' })).equals(Body.subarray(-5)))
    }
  assert.deepEqual(await filesWith(server.folder, MARK.slice(0, 20)), [])
})

test('the parts of an upload, each encrypted, with a key that must come with each of them', async () => {
  for (const kind of ['s3', 'dual', 'customer'] as const) {
    const customer = kind === 'customer' ? customerKey() : undefined
    const at = { Bucket, Key: `parts-${kind}` }
    const way = kind === 'dual' ? ({ ServerSideEncryption: 'aws:kms:dsse' } as const) : customer?.put
    const { UploadId, ServerSideEncryption } = await s3.send(new sdk.CreateMultipartUploadCommand({ ...at, ...way }))
    assert.equal(ServerSideEncryption, { s3: 'AES256', dual: 'aws:kms:dsse', customer: undefined }[kind])
    const Parts: sdk.CompletedPart[] = []
    const bodies = [Buffer.alloc(5 * 1024 * 1024 + 3, `${MARK} 1`), Buffer.alloc(100_000, `${MARK} 2`)]
    const send = (PartNumber: number, more: object | undefined): Promise<sdk.UploadPartCommandOutput> =>
      s3.send(
        new sdk.UploadPartCommand({
          ...at,
          UploadId,
          PartNumber,
          Body: bodies[PartNumber - 1] ?? Buffer.alloc(0),
          ...more,
        }),
      )
    if (customer) {
      assert.equal((await failure(send(1, undefined)))[0], 'InvalidRequest')
      assert.deepEqual(await failure(send(1, customerKey().put)), [
        'InvalidRequest',
        400,
        'The provided encryption parameters did not match the ones used originally.',
      ])
    }
    for (const PartNumber of [1, 2]) {
      const { ETag } = await send(PartNumber, customer?.put)
      Parts.push({ PartNumber, ETag })
    }
    await s3.send(new sdk.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
    const whole = Buffer.concat(bodies)
    assert.ok((await content(at.Key, customer?.put)).equals(whole))
    const across = { ...customer?.put, Range: `bytes=${5 * 1024 * 1024 - 10}-${5 * 1024 * 1024 + 10}` }
    assert.ok((await content(at.Key, across)).equals(whole.subarray(5 * 1024 * 1024 - 10, 5 * 1024 * 1024 + 11)))
    assert.ok((await content(at.Key, { ...customer?.put, PartNumber: 2 })).equals(bodies[1] ?? Buffer.alloc(0)))
  }
  assert.deepEqual(await filesWith(server.folder, MARK.slice(0, 20)), [])
})

test('customer keys: without, with another, with what is none', async () => {
  const customer = customerKey()
  const at = { Bucket, Key: 'locked' }
  await s3.send(new sdk.PutObjectCommand({ ...at, Body: 'x', ...customer.put }))
  assert.deepEqual(await failure(s3.send(new sdk.GetObjectCommand(at))), [
    'InvalidRequest',
    400,
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  ])
  assert.equal((await failure(s3.send(new sdk.HeadObjectCommand(at))))[1], 400)
  assert.deepEqual((await failure(s3.send(new sdk.GetObjectCommand({ ...at, ...customerKey().put })))).slice(0, 2), [
    'AccessDenied',
    403,
  ])
  assert.equal((await failure(s3.send(new sdk.HeadObjectCommand({ ...at, ...customerKey().put }))))[1], 403)
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }))
  assert.deepEqual(await failure(s3.send(new sdk.GetObjectCommand({ Bucket, Key: 'plain', ...customer.put }))), [
    'InvalidRequest',
    400,
    'The encryption parameters are not applicable to this object.',
  ])
  const put = (more: object): Promise<unknown> =>
    s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'never', Body: 'x', ...more }))
  for (const [more, code, message] of [
    [{ ...customer.put, SSECustomerAlgorithm: 'DES' }, 'InvalidEncryptionAlgorithmError', /Supported value: AES256/],
    [{ ...customer.put, ServerSideEncryption: 'AES256' }, 'InvalidArgument', /incompatible/],
    [{ ServerSideEncryption: 'ROT13' }, 'InvalidArgument', /not supported/],
    [{ SSEKMSKeyId: 'alias/aws/s3' }, 'InvalidArgument', /requires HTTP header/],
    [{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/nothing' }, 'KMS.NotFoundException', /./],
  ] as const) {
    const [found, , text] = await failure(put(more))
    assert.equal(found, code, JSON.stringify(more))
    assert.match(text, message)
  }
})

test('copies from any encryption to any other', async () => {
  const [first, second] = [customerKey(), customerKey()]
  const Body = Buffer.alloc(150_000, MARK)
  const states = [
    ['s3', {}, {}],
    ['kms', { ServerSideEncryption: 'aws:kms' }, {}],
    ['dual', { ServerSideEncryption: 'aws:kms:dsse' }, {}],
    ['first', first.put, first.copySource],
    ['second', second.put, second.copySource],
  ] as const
  for (const [from, write, copySource] of states) {
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key: `from-${from}`, Body, ...write }))
    for (const [to, wish] of states) {
      const Key = `copy-${from}-${to}`
      await s3.send(
        new sdk.CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/from-${from}`, ...copySource, ...wish }),
      )
      const read = to === 'first' ? first.put : to === 'second' ? second.put : {}
      assert.ok((await content(Key, read)).equals(Body), Key)
    }
  }
  assert.deepEqual(
    (await failure(s3.send(new sdk.CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/from-first` })))).slice(
      0,
      2,
    ),
    ['InvalidRequest', 400],
  )
  // To itself, with another encryption.
  const self = { Bucket, Key: 'from-s3', CopySource: `${Bucket}/from-s3`, ServerSideEncryption: 'aws:kms' } as const
  assert.equal((await s3.send(new sdk.CopyObjectCommand(self))).ServerSideEncryption, 'aws:kms')
  assert.ok((await content('from-s3')).equals(Body))
  assert.deepEqual(await filesWith(server.folder, MARK.slice(0, 20)), [])
})

test('the default of the bucket holds for what does not say otherwise; customer keys can be blocked', async () => {
  const name = 'sealed-by-default'
  await s3.send(new sdk.CreateBucketCommand({ Bucket: name }))
  const byDefault = (rule: sdk.ServerSideEncryptionRule): Promise<unknown> =>
    s3.send(new sdk.PutBucketEncryptionCommand({ Bucket: name, ServerSideEncryptionConfiguration: { Rules: [rule] } }))
  await byDefault({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true })
  const put = (more: object = {}): Promise<sdk.PutObjectCommandOutput> =>
    s3.send(new sdk.PutObjectCommand({ Bucket: name, Key: 'k', Body: 'x', ...more }))
  const usual = await put()
  assert.deepEqual([usual.ServerSideEncryption, usual.BucketKeyEnabled], ['aws:kms', true])
  assert.equal((await put({ ServerSideEncryption: 'AES256' })).ServerSideEncryption, 'AES256')
  assert.equal((await put({ BucketKeyEnabled: false })).BucketKeyEnabled, undefined)
  await byDefault({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms:dsse' }, BucketKeyEnabled: true })
  const twice = await put()
  assert.deepEqual([twice.ServerSideEncryption, twice.BucketKeyEnabled], ['aws:kms:dsse', undefined])
  await byDefault({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
    BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
  })
  assert.deepEqual((await failure(put(customerKey().put))).slice(0, 2), ['AccessDenied', 403])
})
