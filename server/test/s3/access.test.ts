// Who may do what with a bucket: policies, ACLs, ownership, public access block, requester pays; for its own account, for
// another one, and for nobody. The server enforces, and takes any key as the account that it names.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { eventually, openServer, type TestServer } from '../conformance/server-kit.ts'

const OWNER = '000000000000'
const OTHER = '111111111111'
let server: TestServer
let owner: sdk.S3Client
let other: sdk.S3Client

function clientOf(account: string): sdk.S3Client {
  const credentials = { accessKeyId: account, secretAccessKey: 'any' }
  return new sdk.S3Client({ ...server.sdk, region: 'us-east-1', credentials })
}

before(async () => {
  server = await openServer({ mode: 'dev', enforce: true, readyCells: {} })
  owner = clientOf(OWNER)
  other = clientOf(OTHER)
})
after(async () => {
  owner.destroy()
  other.destroy()
  await server[Symbol.asyncDispose]()
})

async function outcome(sending: Promise<unknown>): Promise<string> {
  try {
    await sending
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof sdk.S3ServiceException, String(error))
    return `${error.$metadata.httpStatusCode} ${error.name}`
  }
}

/** What nobody is answered. */
async function anonymous(path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(`${server.endpoint}/${path}`, init)
  const text = await response.text()
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1]
  return code === undefined ? `${response.status} ${text}`.trim() : `${response.status} ${code}`
}

async function bucket(Bucket: string, ownership?: sdk.ObjectOwnership): Promise<void> {
  await owner.send(new sdk.CreateBucketCommand({ Bucket, ...(ownership && { ObjectOwnership: ownership }) }))
}

const open = (Bucket: string): Promise<unknown> => owner.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }))
const policy = (Bucket: string, ...Statement: object[]): Promise<unknown> =>
  owner.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
const put = (client: sdk.S3Client, Bucket: string, Key: string, more: object = {}): Promise<unknown> =>
  client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: `${Key} body`, ...more }))
const get = (client: sdk.S3Client, Bucket: string, Key: string, more: object = {}): Promise<unknown> =>
  client.send(new sdk.GetObjectCommand({ Bucket, Key, ...more }))

test('nobody gets in without a word of the bucket; a policy lets everybody read, and only that', async () => {
  await bucket('public-site')
  await put(owner, 'public-site', 'a')
  assert.equal(await anonymous('public-site/a'), '403 AccessDenied')
  assert.equal(await outcome(get(other, 'public-site', 'a')), '403 AccessDenied')
  await open('public-site')
  await policy('public-site', {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::public-site/*',
  })
  assert.equal(await anonymous('public-site/a'), '200 a body')
  assert.equal(await outcome(get(other, 'public-site', 'a')), 'ok')
  assert.equal(await anonymous('public-site?list-type=2'), '403 AccessDenied')
  assert.equal(await anonymous('public-site/b', { method: 'PUT', body: 'x' }), '403 AccessDenied')
  assert.equal(await anonymous('public-site/a', { method: 'DELETE' }), '403 AccessDenied')
  // Who may not list does not learn which keys are there.
  assert.equal(await anonymous('public-site/missing'), '403 AccessDenied')
  assert.equal(await outcome(get(owner, 'public-site', 'missing')), '404 NoSuchKey')
  await owner.send(
    new sdk.PutPublicAccessBlockCommand({
      Bucket: 'public-site',
      PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
    }),
  )
  assert.equal(await anonymous('public-site/a'), '403 AccessDenied')
  assert.equal(await outcome(get(other, 'public-site', 'a')), '403 AccessDenied')
  assert.equal(await outcome(get(owner, 'public-site', 'a')), 'ok')
})

test('another account does what the policy says, and no more; a Deny binds the owner too', async () => {
  await bucket('shared')
  await put(owner, 'shared', 'in/a')
  await policy(
    'shared',
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: 'arn:aws:s3:::shared/in/*',
    },
    {
      Effect: 'Allow',
      Principal: { AWS: OTHER },
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::shared',
      Condition: { StringLike: { 's3:prefix': 'in/*' } },
    },
    { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shared/secret' },
  )
  assert.equal(await outcome(get(other, 'shared', 'in/a')), 'ok')
  assert.equal(await outcome(put(other, 'shared', 'in/b')), 'ok')
  assert.equal(await outcome(put(other, 'shared', 'out/b')), '403 AccessDenied')
  const list = (Prefix: string): Promise<unknown> =>
    other.send(new sdk.ListObjectsV2Command({ Bucket: 'shared', Prefix }))
  assert.equal(await outcome(list('in/')), 'ok')
  assert.equal(await outcome(list('')), '403 AccessDenied')
  assert.equal(await outcome(other.send(new sdk.GetBucketPolicyCommand({ Bucket: 'shared' }))), '403 AccessDenied')
  const { Deleted, Errors } = await other.send(
    new sdk.DeleteObjectsCommand({ Bucket: 'shared', Delete: { Objects: [{ Key: 'in/b' }, { Key: 'out/a' }] } }),
  )
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['in/b'],
  )
  assert.deepEqual(
    Errors?.map(({ Key, Code }) => [Key, Code]),
    [['out/a', 'AccessDenied']],
  )
  await put(owner, 'shared', 'secret')
  assert.equal(await outcome(get(owner, 'shared', 'secret')), '403 AccessDenied')
  const copy = (CopySource: string): Promise<unknown> =>
    other.send(new sdk.CopyObjectCommand({ Bucket: 'shared', Key: 'in/copy', CopySource }))
  assert.equal(await outcome(copy('shared/in/a')), 'ok')
  assert.equal(await outcome(copy('shared/secret')), '403 AccessDenied')
  // What another account writes belongs to the owner of the bucket, where ACLs are disabled.
  assert.equal(await outcome(get(owner, 'shared', 'in/copy')), 'ok')
  // A policy that locks everybody out can still be mended by root of the owner.
  await policy('shared', {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: ['arn:aws:s3:::shared', 'arn:aws:s3:::shared/*'],
  })
  assert.equal(await outcome(get(owner, 'shared', 'in/a')), '403 AccessDenied')
  assert.equal(await outcome(owner.send(new sdk.DeleteBucketPolicyCommand({ Bucket: 'shared' }))), 'ok')
  assert.equal(await outcome(get(owner, 'shared', 'in/a')), 'ok')
})

test('conditions on what is put: encryption, ACL and tags', async () => {
  await bucket('picky')
  await policy('picky', {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::picky/*',
    Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
  })
  assert.equal(await outcome(put(owner, 'picky', 'a')), '403 AccessDenied')
  assert.equal(await outcome(put(owner, 'picky', 'a', { ServerSideEncryption: 'aws:kms' })), 'ok')
})

test('ACLs of objects and buckets, where they count', async () => {
  await bucket('acls', 'ObjectWriter')
  assert.equal(await outcome(put(owner, 'acls', 'early', { ACL: 'public-read' })), '403 AccessDenied')
  await open('acls')
  await put(owner, 'acls', 'public', { ACL: 'public-read' })
  await put(owner, 'acls', 'known', { ACL: 'authenticated-read' })
  await put(owner, 'acls', 'private')
  assert.equal(await anonymous('acls/public'), '200 public body')
  assert.equal(await anonymous('acls/known'), '403 AccessDenied')
  assert.equal(await outcome(get(other, 'acls', 'known')), 'ok')
  assert.equal(await outcome(get(other, 'acls', 'private')), '403 AccessDenied')
  const acl = await owner.send(new sdk.GetObjectAclCommand({ Bucket: 'acls', Key: 'public' }))
  assert.deepEqual(
    acl.Grants?.map(({ Permission }) => Permission),
    ['FULL_CONTROL', 'READ'],
  )
  assert.equal(
    await outcome(other.send(new sdk.GetObjectAclCommand({ Bucket: 'acls', Key: 'public' }))),
    '403 AccessDenied',
  )
  const { Owner: them } = await other.send(new sdk.ListBucketsCommand({}))
  await owner.send(
    new sdk.PutObjectAclCommand({
      Bucket: 'acls',
      Key: 'private',
      GrantRead: `id="${them?.ID}"`,
      GrantReadACP: `id="${them?.ID}"`,
    }),
  )
  assert.equal(await outcome(get(other, 'acls', 'private')), 'ok')
  assert.equal(await outcome(other.send(new sdk.GetObjectAclCommand({ Bucket: 'acls', Key: 'private' }))), 'ok')
  await owner.send(new sdk.PutObjectAclCommand({ Bucket: 'acls', Key: 'private', ACL: 'private' }))
  assert.equal(await outcome(get(other, 'acls', 'private')), '403 AccessDenied')
  assert.equal(await anonymous('acls?list-type=2'), '403 AccessDenied')
  await owner.send(new sdk.PutBucketAclCommand({ Bucket: 'acls', ACL: 'public-read-write' }))
  assert.match(await anonymous('acls?list-type=2'), /^200 /)
  assert.equal(await anonymous('acls/from-nobody', { method: 'PUT', body: 'x' }), '200')
  await owner.send(
    new sdk.PutPublicAccessBlockCommand({ Bucket: 'acls', PublicAccessBlockConfiguration: { IgnorePublicAcls: true } }),
  )
  assert.equal(await anonymous('acls/public'), '403 AccessDenied')
})

test('whose an object is that another account puts', async () => {
  await bucket('writers', 'ObjectWriter')
  await policy('writers', {
    Effect: 'Allow',
    Principal: { AWS: OTHER },
    Action: ['s3:PutObject', 's3:PutObjectAcl'],
    Resource: 'arn:aws:s3:::writers/*',
  })
  await put(other, 'writers', 'theirs')
  assert.equal(await outcome(get(owner, 'writers', 'theirs')), '403 AccessDenied')
  assert.equal(await outcome(get(other, 'writers', 'theirs')), 'ok')
  await put(other, 'writers', 'given', { ACL: 'bucket-owner-full-control' })
  assert.equal(await outcome(get(owner, 'writers', 'given')), 'ok')
  const { Owner: us } = await owner.send(new sdk.ListBucketsCommand({}))
  const { Owner: them } = await other.send(new sdk.ListBucketsCommand({}))
  const ownerOf = async (Key: string): Promise<string | undefined> =>
    (await owner.send(new sdk.GetObjectAclCommand({ Bucket: 'writers', Key }))).Owner?.ID
  assert.equal(await ownerOf('given'), them?.ID)
  await owner.send(
    new sdk.PutBucketOwnershipControlsCommand({
      Bucket: 'writers',
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
    }),
  )
  await put(other, 'writers', 'preferred', { ACL: 'bucket-owner-full-control' })
  assert.equal(await ownerOf('preferred'), us?.ID)
  // The owner of a bucket may always delete what is in it.
  assert.equal(await outcome(owner.send(new sdk.DeleteObjectCommand({ Bucket: 'writers', Key: 'theirs' }))), 'ok')
  await owner.send(
    new sdk.PutBucketOwnershipControlsCommand({
      Bucket: 'writers',
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    }),
  )
  assert.equal(await ownerOf('given'), us?.ID)
  assert.equal(await outcome(put(other, 'writers', 'x', { ACL: 'public-read' })), '400 AccessControlListNotSupported')
})

test('requester pays: others must agree, and are told', async () => {
  await bucket('toll')
  await put(owner, 'toll', 'a')
  await open('toll')
  await policy('toll', { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::toll/*' })
  await owner.send(
    new sdk.PutBucketRequestPaymentCommand({ Bucket: 'toll', RequestPaymentConfiguration: { Payer: 'Requester' } }),
  )
  assert.equal(await anonymous('toll/a'), '403 AccessDenied')
  assert.equal(await outcome(get(other, 'toll', 'a')), '403 AccessDenied')
  const paid = await other.send(new sdk.GetObjectCommand({ Bucket: 'toll', Key: 'a', RequestPayer: 'requester' }))
  assert.equal(paid.RequestCharged, 'requester')
  assert.equal(await outcome(get(owner, 'toll', 'a')), 'ok')
})

test('nobody replicates into a bucket of another account whose policy does not let them', async () => {
  const versioned = async (client: sdk.S3Client, Bucket: string): Promise<void> => {
    await client.send(new sdk.CreateBucketCommand({ Bucket }))
    await client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  }
  await versioned(owner, 'replica-home')
  await versioned(other, 'replica-source')
  const Role = `arn:aws:iam::${OTHER}:role/replicates`
  await other.send(
    new sdk.PutBucketReplicationCommand({
      Bucket: 'replica-source',
      ReplicationConfiguration: {
        Role,
        Rules: [{ Status: 'Enabled', Prefix: '', Destination: { Bucket: 'arn:aws:s3:::replica-home' } }],
      },
    }),
  )
  await put(other, 'replica-source', 'k')
  const status = async (): Promise<string | undefined> =>
    (await other.send(new sdk.HeadObjectCommand({ Bucket: 'replica-source', Key: 'k' }))).ReplicationStatus
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(await status(), 'PENDING')
  assert.equal(await outcome(get(owner, 'replica-home', 'k')), '404 NoSuchKey')
  await policy('replica-home', {
    Effect: 'Allow',
    Principal: { AWS: Role },
    Action: ['s3:ReplicateObject', 's3:ReplicateDelete'],
    Resource: 'arn:aws:s3:::replica-home/*',
  })
  await eventually('replication', async () => ((await status()) === 'COMPLETED' ? true : undefined))
  assert.equal(await outcome(get(owner, 'replica-home', 'k')), 'ok')
})
