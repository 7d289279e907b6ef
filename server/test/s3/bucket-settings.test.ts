// Every configuration of a bucket through the SDK: what is put comes back, what is taken away is gone with the error that
// says so, and what cannot be is refused in the service's words.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as sdk from '@aws-sdk/client-s3'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const Bucket = 'settings'
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

/** Code, status and message of a failure. */
async function failure(sending: Promise<unknown>): Promise<readonly [string, number | undefined, string]> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof sdk.S3ServiceException, String(error))
    return [error.name, error.$metadata.httpStatusCode, error.message]
  }
  throw new Error('was expected to fail')
}

async function codeOf(sending: Promise<unknown>): Promise<readonly [string, number | undefined]> {
  const [code, status] = await failure(sending)
  return [code, status]
}

function withoutMetadata(output: object): object {
  return Object.fromEntries(
    Object.entries(output).filter(([name, value]) => name !== '$metadata' && value !== undefined),
  )
}

test('tags of a bucket', async () => {
  const get = (): Promise<sdk.GetBucketTaggingOutput> => s3.send(new sdk.GetBucketTaggingCommand({ Bucket }))
  const put = (TagSet: sdk.Tag[]): Promise<unknown> =>
    s3.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
  assert.deepEqual(await failure(get()), ['NoSuchTagSet', 404, 'The TagSet does not exist'])
  await put([{ Key: 'team', Value: 'blue' }])
  assert.deepEqual((await get()).TagSet, [{ Key: 'team', Value: 'blue' }])
  assert.deepEqual(await codeOf(put([{ Key: 'aws:x', Value: '1' }])), ['InvalidTag', 400])
  assert.deepEqual(
    await failure(
      put([
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ]),
    ),
    ['InvalidTag', 400, 'Cannot provide multiple Tags with the same key'],
  )
  const many = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
  assert.deepEqual(await codeOf(put(many)), ['BadRequest', 400])
  await s3.send(new sdk.DeleteBucketTaggingCommand({ Bucket }))
  assert.deepEqual(await codeOf(get()), ['NoSuchTagSet', 404])
  await s3.send(
    new sdk.CreateBucketCommand({
      Bucket: 'tagged-from-birth',
      CreateBucketConfiguration: { Tags: [{ Key: 'born', Value: 'yes' }] },
    }),
  )
  const born = await s3.send(new sdk.GetBucketTaggingCommand({ Bucket: 'tagged-from-birth' }))
  assert.deepEqual(born.TagSet, [{ Key: 'born', Value: 'yes' }])
})

test('CORS rules', async () => {
  const get = (): Promise<sdk.GetBucketCorsOutput> => s3.send(new sdk.GetBucketCorsCommand({ Bucket }))
  const put = (...CORSRules: sdk.CORSRule[]): Promise<unknown> =>
    s3.send(new sdk.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
  assert.deepEqual(await failure(get()), ['NoSuchCORSConfiguration', 404, 'The CORS configuration does not exist'])
  const rule: sdk.CORSRule = {
    ID: 'pages',
    AllowedHeaders: ['x-amz-*', 'Content-Type'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedOrigins: ['https://*.example.org'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 3000,
  }
  await put(rule, { AllowedMethods: ['HEAD'], AllowedOrigins: ['*'] })
  assert.deepEqual((await get()).CORSRules, [rule, { AllowedMethods: ['HEAD'], AllowedOrigins: ['*'] }])
  assert.deepEqual(await failure(put({ AllowedMethods: ['PATCH'], AllowedOrigins: ['*'] })), [
    'InvalidRequest',
    400,
    'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
  ])
  assert.deepEqual(await failure(put({ AllowedMethods: ['GET'], AllowedOrigins: ['http://*.*.com'] })), [
    'InvalidRequest',
    400,
    'AllowedOrigin "http://*.*.com" can not have more than one wildcard.',
  ])
  assert.deepEqual(await codeOf(put({ AllowedMethods: [], AllowedOrigins: ['*'] })), ['MalformedXML', 400])
  assert.deepEqual(await codeOf(put({ ...rule, ExposeHeaders: ['x-*'] })), ['InvalidRequest', 400])
  await s3.send(new sdk.DeleteBucketCorsCommand({ Bucket }))
  assert.deepEqual(await codeOf(get()), ['NoSuchCORSConfiguration', 404])
})

test('a policy comes back byte by byte, and its status says whether it is public', async () => {
  const get = (): Promise<sdk.GetBucketPolicyOutput> => s3.send(new sdk.GetBucketPolicyCommand({ Bucket }))
  const put = (policy: unknown): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketPolicyCommand({ Bucket, Policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
    )
  const isPublic = async (): Promise<boolean | undefined> =>
    (await s3.send(new sdk.GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic
  assert.deepEqual(await failure(get()), ['NoSuchBucketPolicy', 404, 'The bucket policy does not exist'])
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
  const policyOf = (more: object): object => ({ Version: '2012-10-17', Statement: [{ ...statement, ...more }] })
  assert.deepEqual(await codeOf(put(policyOf({}))), ['AccessDenied', 403])
  await s3.send(
    new sdk.PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { IgnorePublicAcls: true, BlockPublicAcls: true },
    }),
  )
  const text = `  {"Version": "2012-10-17",\n "Statement": [${JSON.stringify(statement)}]}`.trim()
  await put(text)
  assert.equal((await get()).Policy, text)
  assert.equal(await isPublic(), true)
  for (const [narrow, expected] of [
    [{ Condition: { IpAddress: { 'aws:SourceIp': '10.1.0.0/16' } } }, false],
    [{ Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } } }, true],
    [{ Condition: { StringLike: { 'aws:Referer': 'https://example.org/*' } } }, true],
    [{ Principal: { AWS: 'arn:aws:iam::111111111111:root' } }, false],
    [{ Effect: 'Deny' }, false],
  ] as const) {
    await put(policyOf(narrow))
    assert.equal(await isPublic(), expected, JSON.stringify(narrow))
  }
  for (const [broken, message] of [
    ['no json', "Policies must be valid JSON and the first byte must be '{'"],
    ['{"Version":', "Policies must be valid JSON and the first byte must be '{'"],
    [policyOf({ Resource: 'arn:aws:s3:::another/*' }), 'Policy has invalid resource'],
    [policyOf({ Action: 'sqs:SendMessage' }), 'Policy has invalid action'],
    [policyOf({ Action: 's3:ListBucket' }), 'Action does not apply to any resource(s) in statement'],
    [
      policyOf({ Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}` }),
      'Action does not apply to any resource(s) in statement',
    ],
    [policyOf({ Principal: { AWS: 'nobody' } }), 'Invalid principal in policy'],
    [policyOf({ Principal: undefined }), 'Missing required field Principal'],
    [{ ...policyOf({}), Note: 'x' }, 'Unknown field Note'],
  ] as const)
    assert.deepEqual(await failure(put(broken)), ['MalformedPolicy', 400, message])
  assert.deepEqual(await codeOf(put(policyOf({ Sid: 'x'.repeat(21 * 1024) }))), ['MalformedPolicy', 400])
  await s3.send(new sdk.DeleteBucketPolicyCommand({ Bucket }))
  assert.deepEqual(await codeOf(isPublic()), ['NoSuchBucketPolicy', 404])
})

test('public access block, ownership, ACLs of the bucket', async () => {
  const name = 'access-settings'
  await s3.send(new sdk.CreateBucketCommand({ Bucket: name }))
  const block = async (): Promise<object | undefined> =>
    (await s3.send(new sdk.GetPublicAccessBlockCommand({ Bucket: name }))).PublicAccessBlockConfiguration
  assert.deepEqual(await block(), {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  })
  await s3.send(new sdk.DeletePublicAccessBlockCommand({ Bucket: name }))
  assert.deepEqual(await failure(block()), [
    'NoSuchPublicAccessBlockConfiguration',
    404,
    'The public access block configuration was not found',
  ])
  const ownership = async (): Promise<string | undefined> =>
    (await s3.send(new sdk.GetBucketOwnershipControlsCommand({ Bucket: name }))).OwnershipControls?.Rules?.[0]
      ?.ObjectOwnership
  const own = (ObjectOwnership: sdk.ObjectOwnership): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketOwnershipControlsCommand({ Bucket: name, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
    )
  assert.equal(await ownership(), 'BucketOwnerEnforced')
  const acl = (input: Omit<sdk.PutBucketAclCommandInput, 'Bucket'>): Promise<unknown> =>
    s3.send(new sdk.PutBucketAclCommand({ Bucket: name, ...input }))
  assert.deepEqual(await failure(acl({ ACL: 'public-read' })), [
    'AccessControlListNotSupported',
    400,
    'The bucket does not allow ACLs',
  ])
  await acl({ ACL: 'private' })
  assert.deepEqual(await codeOf(own('Mine' as sdk.ObjectOwnership)), ['MalformedXML', 400])
  await own('ObjectWriter')
  await acl({ ACL: 'public-read' })
  const { Owner, Grants = [] } = await s3.send(new sdk.GetBucketAclCommand({ Bucket: name }))
  assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(Grants, [
    { Grantee: { Type: 'CanonicalUser', ID: Owner?.ID }, Permission: 'FULL_CONTROL' },
    { Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' }, Permission: 'READ' },
  ])
  assert.deepEqual(await codeOf(own('BucketOwnerEnforced')), ['InvalidBucketAclWithObjectOwnership', 400])
  const other = 'b'.repeat(64)
  await acl({ GrantRead: `id="${other}"`, GrantFullControl: `id="${Owner?.ID}"` })
  const granted = (await s3.send(new sdk.GetBucketAclCommand({ Bucket: name }))).Grants
  assert.deepEqual(
    granted?.map(({ Grantee, Permission }) => [Grantee?.ID, Permission]),
    [
      [Owner?.ID, 'FULL_CONTROL'],
      [other, 'READ'],
    ],
  )
  await acl({ AccessControlPolicy: { Owner, Grants } })
  assert.equal((await s3.send(new sdk.GetBucketAclCommand({ Bucket: name }))).Grants?.length, 2)
  for (const [input, code] of [
    [{ ACL: 'open' as sdk.BucketCannedACL }, 'InvalidArgument'],
    [{ GrantRead: 'id="me"' }, 'InvalidArgument'],
    [{ GrantRead: 'uri="http://example.org/"' }, 'InvalidArgument'],
    [{ GrantRead: 'somebody' }, 'InvalidArgument'],
    [{ GrantRead: 'emailAddress="a@example.org"' }, 'UnresolvableGrantByEmailAddress'],
    [{ ACL: 'private', GrantRead: `id="${other}"` }, 'InvalidRequest'],
    [{ AccessControlPolicy: { Owner: { ID: 'me' }, Grants } }, 'InvalidArgument'],
    [{ AccessControlPolicy: { Owner: { ID: other }, Grants } }, 'AccessDenied'],
    [{ AccessControlPolicy: { Grants } }, 'MalformedACLError'],
  ] as const)
    assert.equal((await codeOf(acl(input)))[0], code, JSON.stringify(input))
  await s3.send(
    new sdk.PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  )
  assert.deepEqual(await codeOf(acl({ ACL: 'public-read-write' })), ['AccessDenied', 403])
  await s3.send(new sdk.DeleteBucketOwnershipControlsCommand({ Bucket: name }))
  assert.deepEqual(await failure(ownership()), [
    'OwnershipControlsNotFoundError',
    404,
    'The bucket ownership controls were not found',
  ])
  assert.deepEqual(await codeOf(s3.send(new sdk.CreateBucketCommand({ Bucket: 'never-made', ACL: 'public-read' }))), [
    'InvalidBucketAclWithObjectOwnership',
    400,
  ])
})

test('default encryption, request payment, acceleration', async () => {
  const encryption = async (): Promise<object | undefined> =>
    (await s3.send(new sdk.GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
  const encrypt = (...Rules: sdk.ServerSideEncryptionRule[]): Promise<unknown> =>
    s3.send(new sdk.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }))
  const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }
  assert.deepEqual(await encryption(), byDefault)
  const kms: sdk.ServerSideEncryptionRule = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/aws/s3' },
    BucketKeyEnabled: true,
  }
  await encrypt(kms)
  assert.deepEqual(await encryption(), kms)
  await s3.send(new sdk.DeleteBucketEncryptionCommand({ Bucket }))
  assert.deepEqual(await encryption(), byDefault)
  assert.deepEqual(await codeOf(encrypt(kms, kms)), ['MalformedXML', 400])
  assert.deepEqual(
    await codeOf(encrypt({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256', KMSMasterKeyID: 'k' } })),
    ['InvalidArgument', 400],
  )
  const payer = async (): Promise<string | undefined> =>
    (await s3.send(new sdk.GetBucketRequestPaymentCommand({ Bucket }))).Payer
  const pay = (Payer: string): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: Payer as sdk.Payer } }),
    )
  assert.equal(await payer(), 'BucketOwner')
  await pay('Requester')
  assert.equal(await payer(), 'Requester')
  assert.deepEqual(await codeOf(pay('Nobody')), ['MalformedXML', 400])
  await pay('BucketOwner')
  const status = async (): Promise<string | undefined> =>
    (await s3.send(new sdk.GetBucketAccelerateConfigurationCommand({ Bucket }))).Status
  const accelerate = (Status: string, name = Bucket): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketAccelerateConfigurationCommand({
        Bucket: name,
        AccelerateConfiguration: { Status: Status as sdk.BucketAccelerateStatus },
      }),
    )
  assert.equal(await status(), undefined)
  await accelerate('Enabled')
  assert.equal(await status(), 'Enabled')
  assert.deepEqual(await codeOf(accelerate('Faster')), ['MalformedXML', 400])
  assert.deepEqual(await codeOf(accelerate('Enabled', 'dotted.name')), ['InvalidRequest', 400])
})

test('lifecycle rules of every form', async () => {
  const get = (): Promise<sdk.GetBucketLifecycleConfigurationOutput> =>
    s3.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }))
  const put = (...Rules: sdk.LifecycleRule[]): Promise<unknown> =>
    s3.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  assert.deepEqual(await failure(get()), [
    'NoSuchLifecycleConfiguration',
    404,
    'The lifecycle configuration does not exist',
  ])
  const rules: sdk.LifecycleRule[] = [
    { ID: 'old form', Status: 'Enabled', Prefix: 'logs/', Expiration: { Days: 30 } },
    { ID: 'date', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Date: new Date('2030-01-01T00:00:00Z') } },
    {
      ID: 'tagged',
      Status: 'Enabled',
      Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'k', Value: 'v' }], ObjectSizeGreaterThan: 10 } },
      Transitions: [
        { Days: 30, StorageClass: 'STANDARD_IA' },
        { Days: 90, StorageClass: 'GLACIER' },
      ],
      Expiration: { Days: 365 },
    },
    {
      ID: 'versions',
      Status: 'Enabled',
      Filter: { Prefix: 'v/' },
      NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 3 },
      NoncurrentVersionTransitions: [{ NoncurrentDays: 3, StorageClass: 'GLACIER_IR' }],
      Expiration: { ExpiredObjectDeleteMarker: true },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    },
    { ID: 'one tag', Status: 'Enabled', Filter: { Tag: { Key: 'k', Value: 'v' } }, Expiration: { Days: 1 } },
    { ID: 'sizes', Status: 'Enabled', Filter: { ObjectSizeLessThan: 500 }, Expiration: { Days: 1 } },
  ]
  await put(...rules)
  const kept = await get()
  assert.deepEqual(kept.Rules, rules)
  assert.equal(kept.TransitionDefaultMinimumObjectSize, 'all_storage_classes_128K')
  const rule = (more: Partial<sdk.LifecycleRule>): sdk.LifecycleRule => ({
    ID: 'x',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    ...more,
  })
  const cases: readonly (readonly [sdk.LifecycleRule, string, string?])[] = [
    [rule({}), 'InvalidRequest', 'At least one action needs to be specified in a rule'],
    [rule({ Status: 'On' as sdk.ExpirationStatus, Expiration: { Days: 1 } }), 'MalformedXML'],
    [rule({ Prefix: 'a', Expiration: { Days: 1 } }), 'MalformedXML'],
    [rule({ ID: 'x'.repeat(256), Expiration: { Days: 1 } }), 'InvalidArgument'],
    [rule({ Expiration: { Days: 0 } }), 'InvalidArgument', "'Days' for Expiration action must be a positive integer"],
    [rule({ Expiration: { Days: 1, Date: new Date('2030-01-01') } }), 'MalformedXML'],
    [
      rule({ Expiration: { Date: new Date('2030-01-01T01:00:00Z') } }),
      'InvalidArgument',
      "'Date' must be at midnight GMT",
    ],
    [rule({ Transitions: [{ Days: 5, StorageClass: 'STANDARD_IA' }] }), 'InvalidArgument'],
    [rule({ Transitions: [{ Days: 5, StorageClass: 'CHEAP' as sdk.TransitionStorageClass }] }), 'MalformedXML'],
    [rule({ Expiration: { Days: 5 }, Transitions: [{ Days: 5, StorageClass: 'GLACIER' }] }), 'InvalidArgument'],
    [
      rule({ Expiration: { Date: new Date('2030-01-01') }, Transitions: [{ Days: 5, StorageClass: 'GLACIER' }] }),
      'InvalidRequest',
    ],
    [
      rule({ Filter: { Tag: { Key: 'a', Value: '' } }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
      'InvalidRequest',
      'AbortIncompleteMultipartUpload cannot be specified with Tags.',
    ],
    [rule({ NoncurrentVersionExpiration: { NewerNoncurrentVersions: 3 } }), 'MalformedXML'],
    [rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 } }), 'InvalidArgument'],
    [
      rule({
        Filter: {
          And: {
            Tags: [
              { Key: 'a', Value: '1' },
              { Key: 'a', Value: '2' },
            ],
          },
        },
        Expiration: { Days: 1 },
      }),
      'InvalidRequest',
      'Duplicate Tag Keys are not allowed.',
    ],
  ]
  for (const [broken, code, message] of cases) {
    const found = await failure(put(broken))
    assert.equal(found[0], code, `${JSON.stringify(broken)}: ${found.join(' ')}`)
    if (message !== undefined) assert.equal(found[2], message)
  }
  assert.deepEqual(await codeOf(put(rule({ Expiration: { Days: 1 } }), rule({ Expiration: { Days: 2 } }))), [
    'InvalidArgument',
    400,
  ])
  await s3.send(new sdk.DeleteBucketLifecycleCommand({ Bucket }))
  assert.deepEqual(await codeOf(get()), ['NoSuchLifecycleConfiguration', 404])
})

test('website configurations', async () => {
  const get = async (): Promise<object> => withoutMetadata(await s3.send(new sdk.GetBucketWebsiteCommand({ Bucket })))
  const put = (WebsiteConfiguration: sdk.WebsiteConfiguration): Promise<unknown> =>
    s3.send(new sdk.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))
  assert.deepEqual(await failure(get()), [
    'NoSuchWebsiteConfiguration',
    404,
    'The specified bucket does not have a website configuration',
  ])
  const whole: sdk.WebsiteConfiguration = {
    IndexDocument: { Suffix: 'index.html' },
    ErrorDocument: { Key: 'oops.html' },
    RoutingRules: [
      {
        Condition: { KeyPrefixEquals: 'old/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { ReplaceKeyPrefixWith: 'new/', HttpRedirectCode: '302', Protocol: 'https', HostName: 'example.org' },
      },
      { Redirect: { ReplaceKeyWith: 'all.html' } },
    ],
  }
  await put(whole)
  assert.deepEqual(await get(), whole)
  await put({ RedirectAllRequestsTo: { HostName: 'example.org', Protocol: 'https' } })
  assert.deepEqual(await get(), { RedirectAllRequestsTo: { HostName: 'example.org', Protocol: 'https' } })
  const index = { IndexDocument: { Suffix: 'i' } }
  for (const [broken, code] of [
    [{}, 'InvalidArgument'],
    [{ IndexDocument: { Suffix: 'a/b' } }, 'InvalidArgument'],
    [{ IndexDocument: { Suffix: '' } }, 'InvalidArgument'],
    [{ ...index, RedirectAllRequestsTo: { HostName: 'x' } }, 'InvalidArgument'],
    [{ RedirectAllRequestsTo: { HostName: 'x', Protocol: 'ftp' as sdk.Protocol } }, 'InvalidRequest'],
    [{ ...index, RoutingRules: [{ Redirect: { ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' } }] }, 'InvalidRequest'],
    [{ ...index, RoutingRules: [{ Condition: {}, Redirect: { ReplaceKeyWith: 'a' } }] }, 'InvalidRequest'],
    [{ ...index, RoutingRules: [{ Redirect: { HttpRedirectCode: '200' } }] }, 'InvalidRequest'],
    [{ ...index, ErrorDocument: { Key: '' } }, 'MalformedXML'],
  ] satisfies readonly (readonly [sdk.WebsiteConfiguration, string])[] as [sdk.WebsiteConfiguration, string][])
    assert.equal((await codeOf(put(broken)))[0], code, JSON.stringify(broken))
  await s3.send(new sdk.DeleteBucketWebsiteCommand({ Bucket }))
  assert.deepEqual(await codeOf(get()), ['NoSuchWebsiteConfiguration', 404])
})

test('logging configurations', async () => {
  const get = async (): Promise<sdk.LoggingEnabled | undefined> =>
    (await s3.send(new sdk.GetBucketLoggingCommand({ Bucket }))).LoggingEnabled
  const put = (LoggingEnabled?: sdk.LoggingEnabled): Promise<unknown> =>
    s3.send(new sdk.PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }))
  assert.equal(await get(), undefined)
  assert.deepEqual(await failure(put({ TargetBucket: 'not-there-at-all', TargetPrefix: '' })), [
    'InvalidTargetBucketForLogging',
    400,
    'The target bucket for logging does not exist',
  ])
  const enabled: sdk.LoggingEnabled = {
    TargetBucket: Bucket,
    TargetPrefix: 'logs/',
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
  }
  await put(enabled)
  assert.deepEqual(await get(), enabled)
  await put()
  assert.equal(await get(), undefined)
})

test('replication configurations', async () => {
  const [source, destination] = ['replicates', 'replicated']
  for (const name of [source, destination]) await s3.send(new sdk.CreateBucketCommand({ Bucket: name }))
  const version = (name: string): Promise<unknown> =>
    s3.send(new sdk.PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }))
  const get = (): Promise<sdk.GetBucketReplicationOutput> =>
    s3.send(new sdk.GetBucketReplicationCommand({ Bucket: source }))
  const put = (...Rules: sdk.ReplicationRule[]): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketReplicationCommand({
        Bucket: source,
        ReplicationConfiguration: { Role: 'arn:aws:iam::000000000000:role/replicates', Rules },
      }),
    )
  const rule: sdk.ReplicationRule = {
    ID: 'all',
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: 'docs/' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    Destination: { Bucket: `arn:aws:s3:::${destination}`, StorageClass: 'STANDARD_IA' },
  }
  assert.deepEqual(await failure(get()), [
    'ReplicationConfigurationNotFoundError',
    404,
    'The replication configuration was not found',
  ])
  assert.deepEqual(await failure(put(rule)), [
    'InvalidRequest',
    400,
    "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
  ])
  await version(source)
  assert.deepEqual(await failure(put(rule)), [
    'InvalidRequest',
    400,
    'Destination bucket must have versioning enabled.',
  ])
  await version(destination)
  await put(rule)
  assert.deepEqual((await get()).ReplicationConfiguration, {
    Role: 'arn:aws:iam::000000000000:role/replicates',
    Rules: [rule],
  })
  const old = { ID: 'old', Status: 'Enabled', Prefix: '', Destination: rule.Destination } as const
  await put(old)
  assert.deepEqual((await get()).ReplicationConfiguration?.Rules, [old])
  for (const [broken, code] of [
    [{ ...rule, Priority: undefined }, 'MalformedXML'],
    [{ ...rule, Prefix: 'x' }, 'MalformedXML'],
    [{ ...rule, Destination: { Bucket: destination } }, 'InvalidArgument'],
    [{ ...rule, Destination: { Bucket: 'arn:aws:s3:::not-there-at-all' } }, 'InvalidRequest'],
    [{ ...rule, Destination: { Bucket: `arn:aws:s3:::${source}` } }, 'InvalidRequest'],
  ] as const)
    assert.equal((await codeOf(put(broken)))[0], code, JSON.stringify(broken))
  assert.deepEqual(await codeOf(put(rule, { ...rule, ID: 'other' })), ['InvalidRequest', 400])
  await s3.send(new sdk.DeleteBucketReplicationCommand({ Bucket: source }))
  assert.deepEqual(await codeOf(get()), ['ReplicationConfigurationNotFoundError', 404])
})

test('inventory, analytics, metrics and tiering configurations: by id, listed in pages', async () => {
  const Destination = { S3BucketDestination: { Bucket: `arn:aws:s3:::${Bucket}`, Format: 'CSV' } } as const
  const inventory = (Id: string): sdk.InventoryConfiguration => ({
    Id,
    IsEnabled: true,
    IncludedObjectVersions: 'All',
    Schedule: { Frequency: 'Daily' },
    OptionalFields: ['Size', 'ETag'],
    Destination,
  })
  const putInventory = (Id: string, InventoryConfiguration: sdk.InventoryConfiguration): Promise<unknown> =>
    s3.send(new sdk.PutBucketInventoryConfigurationCommand({ Bucket, Id, InventoryConfiguration }))
  for (let index = 0; index < 105; index++)
    await putInventory(`i${String(index).padStart(3, '0')}`, inventory(`i${String(index).padStart(3, '0')}`))
  const first = await s3.send(new sdk.ListBucketInventoryConfigurationsCommand({ Bucket }))
  assert.equal(first.InventoryConfigurationList?.length, 100)
  assert.equal(first.IsTruncated, true)
  const second = await s3.send(
    new sdk.ListBucketInventoryConfigurationsCommand({ Bucket, ContinuationToken: first.NextContinuationToken }),
  )
  assert.deepEqual(
    second.InventoryConfigurationList?.map(({ Id }) => Id),
    ['i100', 'i101', 'i102', 'i103', 'i104'],
  )
  assert.equal(second.IsTruncated, false)
  const got = await s3.send(new sdk.GetBucketInventoryConfigurationCommand({ Bucket, Id: 'i007' }))
  assert.deepEqual(got.InventoryConfiguration, inventory('i007'))
  assert.deepEqual(await codeOf(putInventory('a', inventory('b'))), ['IdMismatch', 400])
  await s3.send(new sdk.DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'i007' }))
  assert.deepEqual(await failure(s3.send(new sdk.GetBucketInventoryConfigurationCommand({ Bucket, Id: 'i007' }))), [
    'NoSuchConfiguration',
    404,
    'The specified configuration does not exist.',
  ])
  const analytics: sdk.AnalyticsConfiguration = { Id: 'a', Filter: { Prefix: 'x' }, StorageClassAnalysis: {} }
  await s3.send(new sdk.PutBucketAnalyticsConfigurationCommand({ Bucket, Id: 'a', AnalyticsConfiguration: analytics }))
  const listed = await s3.send(new sdk.ListBucketAnalyticsConfigurationsCommand({ Bucket }))
  assert.deepEqual(listed.AnalyticsConfigurationList, [analytics])
  await s3.send(new sdk.DeleteBucketAnalyticsConfigurationCommand({ Bucket, Id: 'a' }))
  const metrics: sdk.MetricsConfiguration = { Id: 'm', Filter: { Tag: { Key: 'a', Value: 'b' } } }
  await s3.send(new sdk.PutBucketMetricsConfigurationCommand({ Bucket, Id: 'm', MetricsConfiguration: metrics }))
  const gotMetrics = await s3.send(new sdk.GetBucketMetricsConfigurationCommand({ Bucket, Id: 'm' }))
  assert.deepEqual(gotMetrics.MetricsConfiguration, metrics)
  const listedMetrics = await s3.send(new sdk.ListBucketMetricsConfigurationsCommand({ Bucket }))
  assert.deepEqual(listedMetrics.MetricsConfigurationList, [metrics])
  await s3.send(new sdk.DeleteBucketMetricsConfigurationCommand({ Bucket, Id: 'm' }))
  assert.deepEqual(await codeOf(s3.send(new sdk.GetBucketMetricsConfigurationCommand({ Bucket, Id: 'm' }))), [
    'NoSuchConfiguration',
    404,
  ])
  const tiering: sdk.IntelligentTieringConfiguration = {
    Id: 't',
    Status: 'Enabled',
    Tierings: [{ Days: 90, AccessTier: 'ARCHIVE_ACCESS' }],
  }
  const putTiering = (configuration: sdk.IntelligentTieringConfiguration): Promise<unknown> =>
    s3.send(
      new sdk.PutBucketIntelligentTieringConfigurationCommand({
        Bucket,
        Id: 't',
        IntelligentTieringConfiguration: configuration,
      }),
    )
  await putTiering(tiering)
  const listedTiering = await s3.send(new sdk.ListBucketIntelligentTieringConfigurationsCommand({ Bucket }))
  assert.deepEqual(listedTiering.IntelligentTieringConfigurationList, [tiering])
  const gotTiering = await s3.send(new sdk.GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 't' }))
  assert.deepEqual(gotTiering.IntelligentTieringConfiguration, tiering)
  await s3.send(new sdk.DeleteBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 't' }))
  assert.deepEqual(
    await codeOf(s3.send(new sdk.GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 't' }))),
    ['NoSuchConfiguration', 404],
  )
  assert.deepEqual(await codeOf(putTiering({ ...tiering, Tierings: [{ Days: 5, AccessTier: 'ARCHIVE_ACCESS' }] })), [
    'InvalidArgument',
    400,
  ])
})

test('a bucket takes its configurations with it', async () => {
  const name = 'comes-and-goes'
  const make = (): Promise<unknown> => s3.send(new sdk.CreateBucketCommand({ Bucket: name }))
  await make()
  await s3.send(new sdk.PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }))
  await s3.send(
    new sdk.PutBucketLoggingCommand({
      Bucket: name,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: Bucket, TargetPrefix: 'l/' } },
    }),
  )
  await s3.send(new sdk.DeleteBucketCommand({ Bucket: name }))
  assert.deepEqual(await codeOf(s3.send(new sdk.GetBucketTaggingCommand({ Bucket: name }))), ['NoSuchBucket', 404])
  await make()
  assert.deepEqual(await codeOf(s3.send(new sdk.GetBucketTaggingCommand({ Bucket: name }))), ['NoSuchTagSet', 404])
  assert.equal((await s3.send(new sdk.GetBucketLoggingCommand({ Bucket: name }))).LoggingEnabled, undefined)
})
