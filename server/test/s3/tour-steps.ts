// The tour: every operation of S3 that is built, used as it is meant to be, and the errors that its users meet. One list for
// all clients; the driver in Python is tour-clients.py.
export interface Step {
  readonly operation: string
  /** Texts that begin with a dollar sign stand for what an earlier step kept; `{ $date }` is a time. */
  readonly input: Readonly<Record<string, unknown>>
  /** `ok`, or the error's code. */
  readonly code: string
  /** Members of the answer by path, under a name for later steps. */
  readonly keep?: Readonly<Record<string, string>>
  /** Members of the answer by path, and what they must be. */
  readonly has?: Readonly<Record<string, unknown>>
}

/** The account of the server's root user. */
const ACCOUNT = '000000000000'
const PART = 'p'.repeat(5 * 1024 * 1024)
const MD5_OF_HELLO = '"5d41402abc4b2a76b9719d911017c592"'
const NOBODYS = 'nobody-has-this-bucket'
const ID = { Id: 'one' }

function ok(operation: string, input: object, more: Pick<Step, 'has' | 'keep'> = {}): Step {
  return { operation, input: { ...input }, code: 'ok', ...more }
}

function fails(code: string, operation: string, input: object): Step {
  return { operation, input: { ...input }, code }
}

/** A configuration that is put, got, perhaps listed, deleted, and then missing. */
function configured(
  { put, get, remove }: { readonly put: string; readonly get: string; readonly remove: string },
  [member, value, bad]: readonly [string, unknown, readonly [string, unknown]],
  missing: string,
  at: object,
): readonly Step[] {
  return [
    fails(missing, get, at),
    fails(bad[0], put, { ...at, [member]: bad[1] }),
    ok(put, { ...at, [member]: value }),
    ok(get, at),
    ok(remove, at),
    fails(missing, get, at),
  ]
}

/** Those that have an id, and of which a bucket has many. */
function listed(
  kind: 'Analytics' | 'IntelligentTiering' | 'Inventory' | 'Metrics',
  value: object,
  at: object,
  mismatch = 'MalformedXML',
): readonly Step[] {
  const name = `Bucket${kind}Configuration`
  const one = { ...at, ...ID }
  const member = `${kind}Configuration`
  return [
    fails('NoSuchConfiguration', `Get${name}`, one),
    fails('NoSuchConfiguration', `Delete${name}`, one),
    ok(`Put${name}`, { ...one, [member]: value }),
    fails(mismatch, `Put${name}`, { ...one, [member]: { ...value, Id: 'another' } }),
    ok(`Get${name}`, one, { has: { [`${member}.Id`]: 'one' } }),
    ok(`List${name}s`, at, { has: { [`${member}List.0.Id`]: 'one' } }),
    ok(`Delete${name}`, one),
  ]
}

function bucketSteps(Bucket: string): readonly Step[] {
  const at = { Bucket }
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' }
  const create = { ...at, CreateBucketConfiguration, ObjectOwnership: 'ObjectWriter' }
  const destination = { Bucket: `arn:aws:s3:::${Bucket}-other` }
  return [
    fails('NotFound', 'HeadBucket', at),
    fails('InvalidLocationConstraint', 'CreateBucket', {
      ...at,
      CreateBucketConfiguration: { LocationConstraint: 'nowhere-1' },
    }),
    fails('InvalidBucketName', 'CreateBucket', { Bucket: 'Has_Capitals', CreateBucketConfiguration }),
    ok('CreateBucket', create),
    fails('BucketAlreadyOwnedByYou', 'CreateBucket', create),
    ok('CreateBucket', { Bucket: `${Bucket}-other`, CreateBucketConfiguration }),
    ok('HeadBucket', at),
    fails('Forbidden', 'HeadBucket', { ...at, ExpectedBucketOwner: '111111111111' }),
    ok('ListBuckets', {}),
    ok('GetBucketLocation', at, { has: { LocationConstraint: 'eu-west-1' } }),
    ok('GetBucketVersioning', at),
    ok('GetBucketAcl', at, { has: { 'Grants.0.Permission': 'FULL_CONTROL' } }),
    ok('PutBucketAcl', { ...at, ACL: 'private' }),
    fails('InvalidArgument', 'PutBucketAcl', { ...at, ACL: 'nobody' }),
    ok('GetBucketEncryption', at),
    ok('PutBucketEncryption', {
      ...at,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
    }),
    fails('MalformedXML', 'PutBucketEncryption', {
      ...at,
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'ROT13' } }] },
    }),
    ok('DeleteBucketEncryption', at),
    ok('GetBucketRequestPayment', at, { has: { Payer: 'BucketOwner' } }),
    ok('PutBucketRequestPayment', { ...at, RequestPaymentConfiguration: { Payer: 'BucketOwner' } }),
    fails('MalformedXML', 'PutBucketRequestPayment', { ...at, RequestPaymentConfiguration: { Payer: 'Nobody' } }),
    ok('PutBucketAccelerateConfiguration', { ...at, AccelerateConfiguration: { Status: 'Suspended' } }),
    fails('MalformedXML', 'PutBucketAccelerateConfiguration', { ...at, AccelerateConfiguration: { Status: 'Maybe' } }),
    ok('GetBucketAccelerateConfiguration', at, { has: { Status: 'Suspended' } }),
    ok('GetBucketLogging', at),
    ok('PutBucketLogging', {
      ...at,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: `${Bucket}-other`, TargetPrefix: 'log/' } },
    }),
    fails('InvalidTargetBucketForLogging', 'PutBucketLogging', {
      ...at,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'nowhere-at-all', TargetPrefix: '' } },
    }),
    ok('PutBucketLogging', { ...at, BucketLoggingStatus: {} }),
    ok('GetBucketNotificationConfiguration', at),
    ok('PutBucketNotificationConfiguration', { ...at, NotificationConfiguration: {} }),
    fails('InvalidArgument', 'PutBucketNotificationConfiguration', {
      ...at,
      NotificationConfiguration: {
        QueueConfigurations: [
          { QueueArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:not-there`, Events: ['s3:ObjectCreated:*'] },
        ],
      },
    }),
    ok('GetPublicAccessBlock', at, { has: { 'PublicAccessBlockConfiguration.BlockPublicAcls': true } }),
    ok('DeletePublicAccessBlock', at),
    fails('NoSuchPublicAccessBlockConfiguration', 'GetPublicAccessBlock', at),
    ok('PutPublicAccessBlock', { ...at, PublicAccessBlockConfiguration: { BlockPublicPolicy: true } }),
    ok('GetBucketOwnershipControls', at, { has: { 'OwnershipControls.Rules.0.ObjectOwnership': 'ObjectWriter' } }),
    ok('DeleteBucketOwnershipControls', at),
    fails('OwnershipControlsNotFoundError', 'GetBucketOwnershipControls', at),
    ok('PutBucketOwnershipControls', { ...at, OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }),
    fails('MalformedXML', 'PutBucketOwnershipControls', {
      ...at,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'Everybody' }] },
    }),
    ...configured(
      { put: 'PutBucketCors', get: 'GetBucketCors', remove: 'DeleteBucketCors' },
      [
        'CORSConfiguration',
        { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
        ['InvalidRequest', { CORSRules: [{ AllowedMethods: ['FETCH'], AllowedOrigins: ['*'] }] }],
      ],
      'NoSuchCORSConfiguration',
      at,
    ),
    ...configured(
      {
        put: 'PutBucketLifecycleConfiguration',
        get: 'GetBucketLifecycleConfiguration',
        remove: 'DeleteBucketLifecycle',
      },
      [
        'LifecycleConfiguration',
        { Rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: 'x/' }, Expiration: { Days: 3 } }] },
        [
          'InvalidArgument',
          { Rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: 'x/' }, Expiration: { Days: 0 } }] },
        ],
      ],
      'NoSuchLifecycleConfiguration',
      at,
    ),
    fails('NoSuchBucketPolicy', 'GetBucketPolicyStatus', at),
    ...configured(
      { put: 'PutBucketPolicy', get: 'GetBucketPolicy', remove: 'DeleteBucketPolicy' },
      [
        'Policy',
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
              Action: 's3:GetObject',
              Resource: `arn:aws:s3:::${Bucket}/*`,
            },
          ],
        }),
        ['MalformedPolicy', '{"Statement":[]}'],
      ],
      'NoSuchBucketPolicy',
      at,
    ),
    ok('PutBucketPolicy', {
      ...at,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucketWebsite', Resource: `arn:aws:s3:::${Bucket}` },
        ],
      }),
    }),
    ok('GetBucketPolicyStatus', at, { has: { 'PolicyStatus.IsPublic': false } }),
    fails('AccessDenied', 'DeleteBucketWebsite', at),
    ok('DeleteBucketPolicy', at),
    ...configured(
      { put: 'PutBucketTagging', get: 'GetBucketTagging', remove: 'DeleteBucketTagging' },
      [
        'Tagging',
        { TagSet: [{ Key: 'a', Value: 'b' }] },
        [
          'InvalidTag',
          {
            TagSet: [
              { Key: 'a', Value: 'b' },
              { Key: 'a', Value: 'c' },
            ],
          },
        ],
      ],
      'NoSuchTagSet',
      at,
    ),
    ...configured(
      { put: 'PutBucketWebsite', get: 'GetBucketWebsite', remove: 'DeleteBucketWebsite' },
      [
        'WebsiteConfiguration',
        { IndexDocument: { Suffix: 'index.html' } },
        ['InvalidArgument', { IndexDocument: { Suffix: 'a/index.html' } }],
      ],
      'NoSuchWebsiteConfiguration',
      at,
    ),
    fails('ReplicationConfigurationNotFoundError', 'GetBucketReplication', at),
    fails('InvalidRequest', 'PutBucketReplication', {
      ...at,
      ReplicationConfiguration: {
        Role: `arn:aws:iam::${ACCOUNT}:role/replicates`,
        Rules: [{ Status: 'Enabled', Prefix: '', Destination: destination }],
      },
    }),
    ok('PutBucketVersioning', { ...at, VersioningConfiguration: { Status: 'Enabled' } }),
    fails('MalformedXML', 'PutBucketVersioning', { ...at, VersioningConfiguration: { Status: 'Perhaps' } }),
    ok('PutBucketVersioning', { Bucket: `${Bucket}-other`, VersioningConfiguration: { Status: 'Enabled' } }),
    ok('PutBucketReplication', {
      ...at,
      ReplicationConfiguration: {
        Role: `arn:aws:iam::${ACCOUNT}:role/replicates`,
        Rules: [{ Status: 'Enabled', Prefix: 'never/', Destination: destination }],
      },
    }),
    ok('GetBucketReplication', at),
    ok('DeleteBucketReplication', at),
    ...listed('Analytics', { Id: 'one', StorageClassAnalysis: {} }, at),
    ...listed(
      'IntelligentTiering',
      { Id: 'one', Status: 'Enabled', Tierings: [{ Days: 90, AccessTier: 'ARCHIVE_ACCESS' }] },
      at,
    ),
    ...listed(
      'Inventory',
      {
        Id: 'one',
        IsEnabled: true,
        IncludedObjectVersions: 'Current',
        Schedule: { Frequency: 'Daily' },
        Destination: { S3BucketDestination: { Format: 'CSV', Bucket: destination.Bucket } },
      },
      at,
      'IdMismatch',
    ),
    ...listed('Metrics', { Id: 'one' }, at),
  ]
}

function objectSteps(Bucket: string): readonly Step[] {
  const at = { Bucket, Key: 'a/hello.txt' }
  const missing = { Bucket, Key: 'not-there' }
  return [
    ok('PutObject', { ...at, Body: 'hello', Metadata: { who: 'me' } }, { has: { ETag: MD5_OF_HELLO } }),
    fails('InvalidStorageClass', 'PutObject', { ...at, Body: 'x', StorageClass: 'FREEZER' }),
    fails('KeyTooLongError', 'PutObject', { Bucket, Key: 'k'.repeat(1025), Body: 'x' }),
    fails('MetadataTooLarge', 'PutObject', { ...at, Body: 'x', Metadata: { much: 'x'.repeat(2100) } }),
    ok('GetObject', at, { has: { Body: 'hello', 'Metadata.who': 'me', ContentLength: 5 } }),
    ok('GetObject', { ...at, Range: 'bytes=1-3' }, { has: { Body: 'ell', ContentRange: 'bytes 1-3/5' } }),
    fails('InvalidRange', 'GetObject', { ...at, Range: 'bytes=9-' }),
    fails('PreconditionFailed', 'GetObject', { ...at, IfMatch: '"another"' }),
    fails('NoSuchKey', 'GetObject', missing),
    fails('InvalidArgument', 'GetObject', { ...at, VersionId: 'none-of-ours' }),
    ok('HeadObject', at, { has: { ETag: MD5_OF_HELLO }, keep: { version: 'VersionId' } }),
    fails('NotFound', 'HeadObject', missing),
    ok(
      'GetObjectAttributes',
      { ...at, ObjectAttributes: ['ETag', 'ObjectSize'] },
      { has: { ETag: '5d41402abc4b2a76b9719d911017c592', ObjectSize: 5 } },
    ),
    fails('NoSuchKey', 'GetObjectAttributes', { ...missing, ObjectAttributes: ['ETag'] }),
    ok('CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/a/hello.txt` }),
    fails('NoSuchKey', 'CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/not-there` }),
    ok(
      'ListObjectsV2',
      { Bucket, Delimiter: '/' },
      { has: { 'CommonPrefixes.0.Prefix': 'a/', 'Contents.0.Key': 'copy' } },
    ),
    ok('ListObjects', { Bucket, MaxKeys: 1 }, { has: { IsTruncated: true, 'Contents.0.Key': 'a/hello.txt' } }),
    ok('ListObjectVersions', { Bucket }, { has: { 'Versions.0.Key': 'a/hello.txt' } }),
    ok('GetObjectAcl', at),
    ok('PutObjectAcl', { ...at, ACL: 'bucket-owner-read' }),
    fails('NoSuchKey', 'PutObjectAcl', { ...missing, ACL: 'private' }),
    ok('PutObjectTagging', { ...at, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    fails('InvalidTag', 'PutObjectTagging', {
      ...at,
      Tagging: {
        TagSet: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
    }),
    ok('GetObjectTagging', at, { has: { 'TagSet.0.Value': 'b' } }),
    fails('NoSuchKey', 'GetObjectTagging', missing),
    ok('DeleteObjectTagging', at),
    fails('InvalidRequest', 'PutObjectLegalHold', { ...at, LegalHold: { Status: 'ON' } }),
    fails('ObjectLockConfigurationNotFoundError', 'GetObjectLockConfiguration', { Bucket }),
    ok(
      'SelectObjectContent',
      {
        ...at,
        Expression: 'SELECT upper(_1) FROM s3object',
        ExpressionType: 'SQL',
        InputSerialization: { CSV: {} },
        OutputSerialization: { CSV: {} },
      },
      { has: { Payload: 'HELLO\n' } },
    ),
    fails('InvalidObjectState', 'RestoreObject', { ...at, RestoreRequest: { Days: 1 } }),
    ok('PutObject', { Bucket, Key: 'cold', Body: 'x', StorageClass: 'GLACIER' }),
    fails('InvalidObjectState', 'GetObject', { Bucket, Key: 'cold' }),
    ok('RestoreObject', { Bucket, Key: 'cold', RestoreRequest: { Days: 1 } }),
    fails('RestoreAlreadyInProgress', 'RestoreObject', { Bucket, Key: 'cold', RestoreRequest: { Days: 1 } }),
    fails('InvalidBucketState', 'RenameObject', { Bucket, Key: 'renamed', RenameSource: `/${Bucket}/copy` }),
    ok('DeleteObject', at, { has: { DeleteMarker: true } }),
    fails('NoSuchKey', 'GetObject', at),
    ok('DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'copy' }] } }, { has: { 'Deleted.0.Key': 'copy' } }),
    fails('BucketNotEmpty', 'DeleteBucket', { Bucket }),
  ]
}

function uploadSteps(Bucket: string): readonly Step[] {
  const at = { Bucket, Key: 'large' }
  const upload = { ...at, UploadId: '$upload' }
  const none = { ...at, UploadId: 'none-of-ours' }
  const complete = (Parts: readonly object[]): object => ({ ...upload, MultipartUpload: { Parts } })
  const first = { PartNumber: 1, ETag: '$first' }
  const second = { PartNumber: 2, ETag: '$second' }
  return [
    ok('CreateMultipartUpload', at, { keep: { upload: 'UploadId' } }),
    fails('InvalidStorageClass', 'CreateMultipartUpload', { ...at, StorageClass: 'FREEZER' }),
    fails('NoSuchUpload', 'UploadPart', { ...none, PartNumber: 1, Body: 'x' }),
    fails('InvalidArgument', 'UploadPart', { ...upload, PartNumber: 10_001, Body: 'x' }),
    ok('UploadPart', { ...upload, PartNumber: 1, Body: PART }, { keep: { first: 'ETag' } }),
    ok('PutObject', { Bucket, Key: 'source', Body: 'the rest' }),
    ok(
      'UploadPartCopy',
      { ...upload, PartNumber: 2, CopySource: `${Bucket}/source` },
      { keep: { second: 'CopyPartResult.ETag' } },
    ),
    fails('NoSuchKey', 'UploadPartCopy', { ...upload, PartNumber: 2, CopySource: `${Bucket}/not-there` }),
    ok('ListParts', upload, { has: { 'Parts.1.Size': 8 } }),
    fails('NoSuchUpload', 'ListParts', none),
    ok('ListMultipartUploads', { Bucket }, { has: { 'Uploads.0.Key': 'large' } }),
    fails('InvalidPartOrder', 'CompleteMultipartUpload', complete([second, first])),
    fails('InvalidPart', 'CompleteMultipartUpload', complete([{ PartNumber: 3, ETag: '"nothing"' }])),
    ok('CompleteMultipartUpload', complete([first, second])),
    ok('GetObject', { ...at, PartNumber: 2 }, { has: { Body: 'the rest' } }),
    fails('InvalidPartNumber', 'GetObject', { ...at, PartNumber: 3 }),
    ok('CreateMultipartUpload', at, { keep: { upload: 'UploadId' } }),
    ok('UploadPart', { ...upload, PartNumber: 1, Body: 'small' }, { keep: { first: 'ETag' } }),
    ok('UploadPart', { ...upload, PartNumber: 2, Body: 'small' }, { keep: { second: 'ETag' } }),
    fails('EntityTooSmall', 'CompleteMultipartUpload', complete([first, second])),
    ok('AbortMultipartUpload', upload),
    fails('NoSuchUpload', 'AbortMultipartUpload', upload),
  ]
}

function lockSteps(Bucket: string): readonly Step[] {
  const at = { Bucket, Key: 'kept' }
  const retention = (Mode: string, $date: string): object => ({
    ...at,
    Retention: { Mode, RetainUntilDate: { $date } },
  })
  const far = '2100-01-01T00:00:00Z'
  return [
    ok('CreateBucket', {
      Bucket,
      ObjectLockEnabledForBucket: true,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
    ok('GetObjectLockConfiguration', { Bucket }, { has: { 'ObjectLockConfiguration.ObjectLockEnabled': 'Enabled' } }),
    ok('PutObjectLockConfiguration', {
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
      },
    }),
    fails('MalformedXML', 'PutObjectLockConfiguration', {
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Perhaps' },
    }),
    ok('PutObject', { ...at, Body: 'x' }, { keep: { kept: 'VersionId' } }),
    ok('GetObjectRetention', at, { has: { 'Retention.Mode': 'GOVERNANCE' } }),
    ok('PutObjectRetention', retention('GOVERNANCE', far)),
    fails('InvalidArgument', 'PutObjectRetention', retention('GOVERNANCE', '2001-01-01T00:00:00Z')),
    ok('PutObjectLegalHold', { ...at, LegalHold: { Status: 'ON' } }),
    ok('GetObjectLegalHold', at, { has: { 'LegalHold.Status': 'ON' } }),
    fails('AccessDenied', 'DeleteObject', { ...at, VersionId: '$kept' }),
    ok('PutObjectLegalHold', { ...at, LegalHold: { Status: 'OFF' } }),
    ok('DeleteObject', { ...at, VersionId: '$kept', BypassGovernanceRetention: true }),
    ok('DeleteBucket', { Bucket }),
  ]
}

/** Without versioning, where objects can be renamed. */
function renameSteps(Bucket: string): readonly Step[] {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' }
  return [
    ok('CreateBucket', { Bucket, CreateBucketConfiguration }),
    ok('PutObject', { Bucket, Key: 'before', Body: 'x' }),
    ok('RenameObject', { Bucket, Key: 'after', RenameSource: `/${Bucket}/before` }),
    ok('DeleteObject', { Bucket, Key: 'after' }),
  ]
}

/** What each operation says about a bucket that is not there: its first good input, with another bucket. */
function withoutBucket(steps: readonly Step[], prefix: string): readonly Step[] {
  const firsts = new Map<string, Step>()
  for (const step of steps)
    if (step.code === 'ok' && 'Bucket' in step.input && !firsts.has(step.operation)) firsts.set(step.operation, step)
  firsts.delete('CreateBucket')
  return [...firsts.values()].map(({ operation, input }) => ({
    operation,
    input: {
      ...input,
      Bucket: NOBODYS,
      ...('Body' in input && { Body: 'x' }),
      ...('CopySource' in input && { CopySource: `${prefix}/source` }),
      ...('Policy' in input && { Policy: String(input['Policy']).replaceAll(prefix, NOBODYS) }),
    },
    code: operation.startsWith('Head') ? 'NotFound' : 'NoSuchBucket',
  }))
}

/** The steps in their order, in buckets whose names begin with `prefix`. */
export function tourSteps(prefix: string): readonly Step[] {
  const steps = [
    ...bucketSteps(prefix),
    ...objectSteps(prefix),
    ...uploadSteps(prefix),
    ...lockSteps(`${prefix}-locked`),
    ...renameSteps(`${prefix}-flat`),
  ]
  return [...steps, ...withoutBucket(steps, prefix)]
}
