// Objects through the whole server with the AWS SDK: versions, object lock, conditions, restores, queries, renames, and
// uploads from browsers' forms, each with the errors that clients see.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { after, before, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RenameObjectCommand,
  RestoreObjectCommand,
  type S3Client,
  S3ServiceException,
  SelectObjectContentCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { eventually } from '../conformance/server-kit.ts'
import { REGION, type Served, serve } from './served.ts'

let served: Served
let s3: S3Client

before(async () => {
  served = await serve()
  s3 = served.client()
  for (const Bucket of ['plain', 'versioned']) await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }))
  await enable('versioned')
})
after(() => served.close())

function enable(Bucket: string, Status: 'Enabled' | 'Suspended' = 'Enabled'): Promise<unknown> {
  return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
}

async function refused(sending: Promise<unknown>): Promise<readonly [code: string, status: number | undefined]> {
  const error = await sending.then(
    () => assert.fail('was expected to fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof S3ServiceException, String(error))
  return [error.name, error.$metadata.httpStatusCode]
}

async function put(Bucket: string, Key: string, Body: string, more: object = {}): Promise<string | undefined> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId
}

async function read(Bucket: string, Key: string, VersionId?: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))
  return (await Body?.transformToString()) ?? ''
}

/** A raw signed request by the SDK's own client would hide headers: these are seen on the error itself. */
async function headersOf(sending: Promise<unknown>): Promise<Readonly<Record<string, string>>> {
  const error = await sending.then(
    () => assert.fail('was expected to fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof S3ServiceException)
  return error.$response?.headers ?? {}
}

test('versions: ids, delete markers, reading, copying and tagging each, suspension', async () => {
  const Bucket = 'versioned'
  assert.deepEqual((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
  const Key = 'v/photo.jpg'
  const first = await put(Bucket, Key, 'one')
  const second = await put(Bucket, Key, 'two')
  assert.ok(first && second && first !== second)
  assert.equal(await read(Bucket, Key), 'two')
  assert.equal(await read(Bucket, Key, first), 'one')
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key, VersionId: first }))
  assert.equal(head.VersionId, first)
  await s3.send(
    new PutObjectTaggingCommand({ Bucket, Key, VersionId: first, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
  )
  assert.equal((await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId: first }))).TagSet?.length, 1)
  assert.equal((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet?.length, 0)
  assert.equal((await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId: first }))).VersionId, first)

  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  assert.equal(deleted.DeleteMarker, true)
  const marker = deleted.VersionId ?? ''
  assert.deepEqual(await refused(read(Bucket, Key)), ['NoSuchKey', 404])
  const missing = await headersOf(read(Bucket, Key))
  assert.equal(missing['x-amz-delete-marker'], 'true')
  assert.equal(missing['x-amz-version-id'], marker)
  assert.deepEqual(await refused(read(Bucket, Key, marker)), ['MethodNotAllowed', 405])
  const onMarker = await headersOf(read(Bucket, Key, marker))
  assert.equal(onMarker['allow'], 'DELETE')
  assert.equal(onMarker['x-amz-delete-marker'], 'true')
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'v/' }))).KeyCount, 0)

  const CopySource = `${Bucket}/${Key}?versionId=${first}`
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource }))
  assert.equal(copied.CopySourceVersionId, first)
  assert.equal(await read(Bucket, Key), 'one')

  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v/' }))
  assert.deepEqual(
    listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [
      [copied.VersionId, true],
      [second, false],
      [first, false],
    ],
  )
  assert.deepEqual(
    listed.DeleteMarkers?.map(({ VersionId }) => VersionId),
    [marker],
  )
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v/', MaxKeys: 2 }))
  assert.equal(page.IsTruncated, true)
  const { NextKeyMarker, NextVersionIdMarker } = page
  const rest = await s3.send(
    new ListObjectVersionsCommand({
      Bucket,
      Prefix: 'v/',
      KeyMarker: NextKeyMarker,
      VersionIdMarker: NextVersionIdMarker,
    }),
  )
  assert.deepEqual(
    rest.Versions?.map(({ VersionId }) => VersionId),
    [second, first],
  )
  const gone = await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: copied.VersionId }))
  assert.equal(gone.VersionId, copied.VersionId)
  assert.deepEqual(await refused(read(Bucket, Key)), ['NoSuchKey', 404])
  assert.deepEqual(await refused(read(Bucket, Key, copied.VersionId)), ['NoSuchVersion', 404])
  assert.deepEqual(await refused(read(Bucket, Key, 'nonsense')), ['InvalidArgument', 400])

  await enable(Bucket, 'Suspended')
  assert.equal(await put(Bucket, Key, 'null version'), 'null')
  assert.equal(await put(Bucket, Key, 'another null version'), 'null')
  const all = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v/' }))
  assert.equal(all.Versions?.filter(({ VersionId }) => VersionId === 'null').length, 1)
  assert.equal(await read(Bucket, Key, 'null'), 'another null version')
  await enable(Bucket)
  const Objects = [...(all.Versions ?? []), ...(all.DeleteMarkers ?? [])].map(({ VersionId }) => ({ Key, VersionId }))
  const many = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.equal(many.Deleted?.length, Objects.length)
  assert.equal((await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v/' }))).Versions, undefined)
})

test('object lock: configuration, retention, legal hold, bypass; deletions are refused exactly', async () => {
  const Bucket = 'locked'
  const until = new Date(Date.now() + 3_600_000)
  const configured = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))
  assert.equal(configured.ObjectLockConfiguration?.ObjectLockEnabled, 'Enabled')
  assert.deepEqual(await refused(s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'plain' }))), [
    'ObjectLockConfigurationNotFoundError',
    404,
  ])
  assert.deepEqual(await refused(enable(Bucket, 'Suspended')), ['InvalidBucketState', 409])
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until }
  assert.deepEqual(await refused(put('plain', 'k', 'x', lock)), ['InvalidRequest', 400])
  assert.deepEqual(await refused(put(Bucket, 'k', 'x', { ObjectLockMode: 'GOVERNANCE' })), ['InvalidArgument', 400])
  const past = { ...lock, ObjectLockRetainUntilDate: new Date(0) }
  assert.deepEqual(await refused(put(Bucket, 'k', 'x', past)), ['InvalidArgument', 400])

  const Key = 'kept'
  const VersionId = await put(Bucket, Key, 'x', lock)
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
  assert.equal(head.ObjectLockMode, 'GOVERNANCE')
  const remove = (more: object = {}): Promise<unknown> =>
    s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...more }))
  assert.deepEqual(await refused(remove()), ['AccessDenied', 403])
  const batch = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } }))
  assert.equal(batch.Errors?.[0]?.Code, 'AccessDenied')
  // A marker on top is no deletion.
  assert.equal((await s3.send(new DeleteObjectCommand({ Bucket, Key }))).DeleteMarker, true)
  const retain = (Mode: 'GOVERNANCE' | 'COMPLIANCE', RetainUntilDate: Date, more: object = {}): Promise<unknown> =>
    s3.send(new PutObjectRetentionCommand({ Bucket, Key, VersionId, Retention: { Mode, RetainUntilDate }, ...more }))
  const sooner = new Date(until.getTime() - 1000_000)
  assert.deepEqual(await refused(retain('GOVERNANCE', sooner)), ['AccessDenied', 403])
  await retain('GOVERNANCE', sooner, { BypassGovernanceRetention: true })
  await retain('COMPLIANCE', until)
  const bypass = { BypassGovernanceRetention: true }
  assert.deepEqual(await refused(retain('COMPLIANCE', sooner, bypass)), ['AccessDenied', 403])
  assert.deepEqual(await refused(retain('GOVERNANCE', until, bypass)), ['AccessDenied', 403])
  assert.deepEqual(await refused(remove(bypass)), ['AccessDenied', 403])
  const found = await s3.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }))
  assert.equal(found.Retention?.Mode, 'COMPLIANCE')

  const held = await put(Bucket, 'held', 'x')
  const hold = (Status: 'ON' | 'OFF'): Promise<unknown> =>
    s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'held', LegalHold: { Status } }))
  assert.deepEqual(await refused(s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'held' }))), [
    'NoSuchObjectLockConfiguration',
    404,
  ])
  await hold('ON')
  assert.equal((await s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'held' }))).LegalHold?.Status, 'ON')
  const removeHeld = (): Promise<unknown> =>
    s3.send(new DeleteObjectCommand({ Bucket, Key: 'held', VersionId: held, ...bypass }))
  assert.deepEqual(await refused(removeHeld()), ['AccessDenied', 403])
  await hold('OFF')
  await removeHeld()

  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } }
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule }
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
  const usual = await put(Bucket, 'usual', 'x')
  const usualHead = await s3.send(new HeadObjectCommand({ Bucket, Key: 'usual' }))
  assert.ok(Math.abs(Number(usualHead.ObjectLockRetainUntilDate) - Date.now() - 86_400_000) < 60_000)
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'usual', VersionId: usual, ...bypass }))
  assert.deepEqual(
    await refused(s3.send(new PutObjectLockConfigurationCommand({ Bucket: 'plain', ObjectLockConfiguration }))),
    ['InvalidBucketState', 409],
  )
})

test('conditional writes and deletions', async () => {
  const Bucket = 'plain'
  const Key = 'conditional'
  await put(Bucket, Key, 'one', { IfNoneMatch: '*' })
  assert.deepEqual(await refused(put(Bucket, Key, 'two', { IfNoneMatch: '*' })), ['PreconditionFailed', 412])
  assert.deepEqual(await refused(put(Bucket, Key, 'two', { IfMatch: '"nothing"' })), ['PreconditionFailed', 412])
  assert.deepEqual(await refused(put(Bucket, 'gone', 'two', { IfMatch: '"nothing"' })), ['NoSuchKey', 404])
  const { ETag, LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key }))
  const remove = (more: object): Promise<unknown> => s3.send(new DeleteObjectCommand({ Bucket, Key, ...more }))
  assert.deepEqual(await refused(remove({ IfMatch: '"other"' })), ['PreconditionFailed', 412])
  assert.deepEqual(await refused(remove({ IfMatchSize: 4 })), ['PreconditionFailed', 412])
  assert.deepEqual(await refused(remove({ IfMatchLastModifiedTime: new Date(0) })), ['PreconditionFailed', 412])
  await remove({ IfMatch: ETag, IfMatchSize: 3, IfMatchLastModifiedTime: LastModified })
  assert.deepEqual(await refused(read(Bucket, Key)), ['NoSuchKey', 404])
})

test('archived objects must be restored before they are read', async () => {
  const Bucket = 'plain'
  const Key = 'archived'
  await put(Bucket, Key, 'old', { StorageClass: 'GLACIER' })
  assert.deepEqual(await refused(read(Bucket, Key)), ['InvalidObjectState', 403])
  const CopySource = `${Bucket}/${Key}`
  assert.deepEqual(await refused(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))), [
    'InvalidObjectState',
    403,
  ])
  const restore = (Days: number): Promise<{ $metadata: { httpStatusCode?: number | undefined } }> =>
    s3.send(
      new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days, GlacierJobParameters: { Tier: 'Expedited' } } }),
    )
  assert.equal((await restore(2)).$metadata.httpStatusCode, 202)
  assert.match((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore ?? '', /ongoing-request="true"/)
  assert.deepEqual(await refused(restore(2)), ['RestoreAlreadyInProgress', 409])
  assert.equal(await eventually('the restore', () => read(Bucket, Key).catch(() => undefined)), 'old')
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
  assert.match(head.Restore ?? '', /ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT"/)
  const { Contents } = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: Key, OptionalObjectAttributes: ['RestoreStatus'] }),
  )
  assert.equal(Contents?.[0]?.RestoreStatus?.IsRestoreInProgress, false)
  assert.ok((Contents?.[0]?.RestoreStatus?.RestoreExpiryDate?.getTime() ?? 0) > Date.now())
  const plain = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
  assert.equal(plain.Contents?.[0]?.RestoreStatus, undefined)
  assert.equal((await restore(9)).$metadata.httpStatusCode, 200)
  await put(Bucket, 'fresh', 'x')
  const RestoreRequest = { Days: 1 }
  assert.deepEqual(await refused(s3.send(new RestoreObjectCommand({ Bucket, Key: 'fresh', RestoreRequest }))), [
    'InvalidObjectState',
    403,
  ])
})

test('SelectObjectContent answers an event stream that the SDK reads', async () => {
  const Bucket = 'plain'
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index},name-${index % 10},${'x'.repeat(20)}`)
  await put(Bucket, 'rows.csv', `id,name,pad\n${lines.join('\n')}\n`)
  const { Payload } = await s3.send(
    new SelectObjectContentCommand({
      Bucket,
      Key: 'rows.csv',
      ExpressionType: 'SQL',
      Expression: "SELECT s.id FROM S3Object s WHERE s.name = 'name-3' AND CAST(s.id AS INT) > 100",
      InputSerialization: { CSV: { FileHeaderInfo: 'USE' } },
      OutputSerialization: { CSV: {} },
    }),
  )
  let text = ''
  let ended = false
  for await (const event of Payload ?? []) {
    if (event.Records) text += Buffer.from(event.Records.Payload ?? []).toString()
    if (event.End) ended = true
  }
  assert.ok(ended)
  assert.equal(text.trim().split('\n').length, 1990)
})

test('SelectObjectContent reads Parquet', async () => {
  const Body = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'name', data: Array.from({ length: 5000 }, (_, index) => `name-${index}`), type: 'STRING' },
        { name: 'age', data: Int32Array.from({ length: 5000 }, (_, index) => index), type: 'INT32' },
      ],
    }),
  )
  await s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'rows.parquet', Body }))
  const { Payload } = await s3.send(
    new SelectObjectContentCommand({
      Bucket: 'plain',
      Key: 'rows.parquet',
      ExpressionType: 'SQL',
      Expression: 'SELECT s.name FROM S3Object s WHERE s.age >= 4998',
      InputSerialization: { Parquet: {} },
      OutputSerialization: { JSON: {} },
    }),
  )
  let text = ''
  for await (const { Records } of Payload ?? []) text += Buffer.from(Records?.Payload ?? []).toString()
  assert.equal(text, '{"name":"name-4998"}\n{"name":"name-4999"}\n')
})

test('RenameObject moves an object in one step', async () => {
  const Bucket = 'plain'
  await put(Bucket, 'old name', 'content', { Metadata: { a: 'b' } })
  await put(Bucket, 'taken', 'other')
  const rename = (RenameSource: string, Key: string, more: object = {}): Promise<unknown> =>
    s3.send(new RenameObjectCommand({ Bucket, Key, RenameSource, ...more }))
  assert.deepEqual(await refused(rename('/old%20name', 'taken', { DestinationIfNoneMatch: '*' })), [
    'PreconditionFailed',
    412,
  ])
  await rename('/old%20name', 'new name')
  assert.equal(await read(Bucket, 'new name'), 'content')
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'new name' }))).Metadata?.['a'], 'b')
  assert.deepEqual(await refused(rename('/old%20name', 'x')), ['NoSuchKey', 404])
})

test('GetObjectAttributes and multiple ranges answer as the service does', async () => {
  const Bucket = 'plain'
  await put(Bucket, 'whole', '0123456789', { ChecksumAlgorithm: 'SHA256' })
  const found = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key: 'whole', ObjectAttributes: ['Checksum', 'ObjectSize', 'ETag'] }),
  )
  assert.equal(found.ObjectSize, 10)
  assert.ok(found.Checksum?.ChecksumSHA256)
  const several = await s3.send(new GetObjectCommand({ Bucket, Key: 'whole', Range: 'bytes=0-1,4-5' }))
  assert.equal(several.$metadata.httpStatusCode, 200)
  assert.equal(await several.Body?.transformToString(), '0123456789')
})

interface FormOptions {
  readonly conditions?: readonly unknown[]
  readonly fields?: Readonly<Record<string, string>>
  readonly expiresMs?: number
  readonly content?: string | Uint8Array
  readonly fileName?: string
  readonly version?: 2 | 4
  readonly tamper?: boolean
}

/** A form as a page would have it, signed by its owner. */
function formOf(key: string, options: FormOptions = {}): FormData {
  const { conditions = [], fields = {}, expiresMs = Date.now() + 60_000, content = 'from a browser' } = options
  const { accessKeyId, secretAccessKey } = served
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/${REGION}/s3/aws4_request`
  const own: Record<string, string> =
    options.version === 2
      ? { AWSAccessKeyId: accessKeyId }
      : { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': `${accessKeyId}/${scope}`, 'X-Amz-Date': date }
  const document = {
    expiration: new Date(expiresMs).toISOString(),
    conditions: [
      { bucket: 'plain' },
      ['starts-with', '$key', 'forms/'],
      ...Object.entries({ ...(options.version === 2 ? {} : own), ...fields }).map(([name, value]) => ({
        [name]: value,
      })),
      ...conditions,
    ],
  }
  const policy = Buffer.from(JSON.stringify(document)).toString('base64')
  const hmac = (secret: string | Buffer, text: string): Buffer => createHmac('sha256', secret).update(text).digest()
  const signature =
    options.version === 2
      ? createHmac('sha1', secretAccessKey).update(policy).digest('base64')
      : hmac(
          hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date.slice(0, 8)), REGION), 's3'), 'aws4_request'),
          policy,
        ).toString('hex')
  const form = new FormData()
  form.set('key', key)
  for (const [name, value] of Object.entries({ ...own, ...fields })) form.set(name, value)
  form.set('Policy', policy)
  form.set(options.version === 2 ? 'Signature' : 'X-Amz-Signature', options.tamper === true ? 'wrong' : signature)
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  form.set('file', new Blob([Uint8Array.from(bytes)]), options.fileName ?? 'photo.jpg')
  form.set('ignored', 'what follows the file does not count')
  return form
}

async function post(
  form: FormData,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const answer = await fetch(`${served.endpoint}/plain`, { method: 'POST', body: form, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

test('browsers upload by form: both signatures, ${filename}, metadata, the three ways to answer', async () => {
  const first = await post(
    formOf('forms/${filename}', { fields: { 'Content-Type': 'image/jpeg', 'x-amz-meta-who': 'me' } }),
  )
  assert.equal(first.status, 204, first.text)
  assert.ok(first.headers.get('etag'))
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'forms/photo.jpg' }))
  assert.deepEqual([head.ContentType, head.Metadata?.['who'], head.ContentLength], ['image/jpeg', 'me', 14])
  const created = await post(formOf('forms/a b&c', { version: 2, fields: { success_action_status: '201' } }))
  assert.equal(created.status, 201, created.text)
  assert.match(
    created.text,
    /<PostResponse><Location>http:[^<]*\/plain\/forms\/a%20b%26c<\/Location><Bucket>plain<\/Bucket><Key>forms\/a b&amp;c<\/Key><ETag>/,
  )
  const success_action_redirect = 'http://example.com/done?x=1'
  const sent = await post(formOf('forms/r', { fields: { success_action_redirect } }))
  assert.equal(sent.status, 303)
  assert.match(
    sent.headers.get('location') ?? '',
    /^http:\/\/example\.com\/done\?x=1&bucket=plain&key=forms%2Fr&etag=%22/,
  )
  const tagging = '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>'
  assert.equal((await post(formOf('forms/tagged', { fields: { tagging } }))).status, 204)
  const tags = await s3.send(new GetObjectTaggingCommand({ Bucket: 'plain', Key: 'forms/tagged' }))
  assert.deepEqual(tags.TagSet, [{ Key: 'k', Value: 'v' }])
  // Larger than what is kept in the Store, and than any buffer on the way; with the delimiter's beginning inside.
  const large = Buffer.concat(
    Array.from({ length: 3000 }, (_, index) => Buffer.from(`\r\n--------${index}`.padEnd(1000))),
  )
  assert.equal((await post(formOf('forms/large', { content: large }))).status, 204)
  const got = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'forms/large' }))
  assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(large))
})

test('forms that their policy does not allow are refused in the words of the service', async () => {
  const cases: readonly (readonly [FormData, number, RegExp])[] = [
    [
      formOf('elsewhere/x'),
      403,
      /Policy Condition failed: \[&quot;starts-with&quot;, &quot;\$key&quot;, &quot;forms\/&quot;\]|Policy Condition failed: \["starts-with", "\$key", "forms\/"\]/,
    ],
    [formOf('forms/x', { expiresMs: Date.now() - 1000 }), 403, /Invalid according to Policy: Policy expired\./],
    [formOf('forms/x', { tamper: true }), 403, /SignatureDoesNotMatch/],
    [formOf('forms/x', { conditions: [['content-length-range', 100, 200]] }), 400, /EntityTooSmall/],
    [formOf('forms/x', { conditions: [['content-length-range', 0, 5]] }), 400, /EntityTooLarge/],
    [formOf('forms/x', { conditions: [['eq', '$acl', 'private']] }), 403, /Policy Condition failed/],
    [formOf(''), 400, /must contain a field named 'key'/],
  ]
  for (const [form, status, text] of cases) {
    const answer = await post(form)
    assert.equal(answer.status, status, answer.text)
    assert.match(answer.text, text)
  }
  const extra = formOf('forms/x')
  const withExtra = new FormData()
  withExtra.set('x-amz-meta-smuggled', '1')
  for (const [name, value] of extra) withExtra.set(name, value)
  const answer = await post(withExtra)
  assert.equal(answer.status, 403)
  assert.match(answer.text, /Extra input fields: x-amz-meta-smuggled/)
  const noFile = formOf('forms/x')
  noFile.delete('file')
  assert.match((await post(noFile)).text, /exactly one file upload/)
  const anonymous = new FormData()
  anonymous.set('key', 'forms/x')
  anonymous.set('file', new Blob(['x']), 'x')
  assert.equal((await post(anonymous)).status, 403)
  const cut = await fetch(`${served.endpoint}/plain`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nforms/x',
  })
  assert.equal(cut.status, 400)
  assert.match(await cut.text(), /MalformedPOSTRequest/)
})

/** Sends a URL whose host no resolver knows to the server, as a client with a hosts file would. */
function sendTo(
  address: string,
  method: string,
  body = '',
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }> {
  const url = new URL(address)
  const { port } = new URL(served.endpoint)
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, method, path: `${url.pathname}${url.search}`, headers: { host: url.host } },
      (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}

test('presigned URLs of every kind, in path style and in virtual-host style', async () => {
  const { port } = new URL(served.endpoint)
  for (const forcePathStyle of [true, false]) {
    const signer = served.client({ endpoint: `http://s3.${REGION}.mayfly.test:${port}`, forcePathStyle })
    const Bucket = 'versioned'
    const Key = `signed/${forcePathStyle}/ä b`
    const at = { Bucket, Key }
    // The presigner takes any command; its type wants to know which.
    const sign = (command: object): Promise<string> =>
      getSignedUrl(signer, command as GetObjectCommand, { expiresIn: 60 })
    const put = await sign(new PutObjectCommand({ ...at, Metadata: { who: 'me' } }))
    assert.equal(new URL(put).hostname.startsWith(`${Bucket}.`), !forcePathStyle)
    const first = await sendTo(put, 'PUT', 'one')
    assert.equal(first.status, 200, first.text)
    const VersionId = String(first.headers['x-amz-version-id'])
    await sendTo(put, 'PUT', 'two')
    assert.equal((await sendTo(await sign(new GetObjectCommand(at)), 'GET')).text, 'two')
    assert.equal((await sendTo(await sign(new GetObjectCommand({ ...at, VersionId })), 'GET')).text, 'one')
    const disposed = new GetObjectCommand({ ...at, ResponseContentDisposition: 'attachment; filename="x"' })
    const got = await sendTo(await sign(disposed), 'GET')
    assert.equal(got.headers['content-disposition'], 'attachment; filename="x"')
    assert.equal(got.headers['x-amz-meta-who'], 'me')
    assert.equal((await sendTo(await sign(new HeadObjectCommand(at)), 'HEAD')).status, 200)
    const listed = await sendTo(await sign(new ListObjectsV2Command({ Bucket, Prefix: 'signed/' })), 'GET')
    assert.match(listed.text, /<Key>signed\//)
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at))
    const part = await sendTo(await sign(new UploadPartCommand({ ...at, UploadId, PartNumber: 1 })), 'PUT', 'part')
    assert.equal(part.status, 200, part.text)
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: String(part.headers['etag']) }] }
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }))
    assert.equal((await sendTo(await sign(new DeleteObjectCommand({ ...at, VersionId })), 'DELETE')).status, 204)
    const tampered = (await sign(new GetObjectCommand(at))).replace('signed', 'other')
    assert.match((await sendTo(tampered, 'GET')).text, /SignatureDoesNotMatch/)
    const short = await getSignedUrl(signer, new GetObjectCommand(at), {
      expiresIn: 1,
      signingDate: new Date(Date.now() - 5000),
    })
    assert.match((await sendTo(short, 'GET')).text, /Request has expired/)
  }
})
