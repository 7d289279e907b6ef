// Trails: what they ask for comes into their bucket as AWS writes it, and `aws cloudtrail validate-logs` believes the digests.
import {
  AddTagsCommand,
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
  ListTagsCommand,
  ListTrailsCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  RemoveTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { eventually, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

const ACCOUNT = '000000000000'

interface Recorded {
  readonly eventName: string
  readonly eventCategory: string
  readonly awsRegion: string
  readonly requestParameters: Readonly<Record<string, unknown>> | null
}

describe('trails', () => {
  let server: TestServer
  let trail: CloudTrailClient
  let s3: S3Client
  let sqs: SQSClient

  before(async () => {
    server = await openServer({ cloudTrail: { deliveryIntervalMs: 200, digestIntervalMs: 400 } })
    trail = new CloudTrailClient(server.sdk)
    s3 = new S3Client(server.sdk)
    sqs = new SQSClient(server.sdk)
  })
  after(() => server[Symbol.asyncDispose]())

  /** A bucket with the policy that AWS's user guide gives. */
  const bucketFor = async (name: string, trailName: string): Promise<void> => {
    await s3.send(new CreateBucketCommand({ Bucket: name }))
    const SourceArn = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/${trailName}`
    const Principal = { Service: 'cloudtrail.amazonaws.com' }
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: name,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal,
              Action: 's3:GetBucketAcl',
              Resource: `arn:aws:s3:::${name}`,
              Condition: { StringEquals: { 'aws:SourceArn': SourceArn } },
            },
            {
              Effect: 'Allow',
              Principal,
              Action: 's3:PutObject',
              Resource: `arn:aws:s3:::${name}/*`,
              Condition: {
                StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': SourceArn },
              },
            },
          ],
        }),
      }),
    )
  }
  const keysIn = async (Bucket: string, part: string): Promise<readonly string[]> => {
    const { Contents: contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    return contents.map(({ Key: key = '' }) => key).filter((key) => key.includes(part))
  }
  const delivered = async (Bucket: string): Promise<readonly Recorded[]> => {
    const found: Recorded[] = []
    for (const Key of await keysIn(Bucket, '/CloudTrail/')) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      const text = gunzipSync((await body?.transformToByteArray()) ?? Buffer.alloc(0)).toString()
      found.push(...(JSON.parse(text).Records as readonly Recorded[]))
    }
    return found
  }
  const untilDelivered = (Bucket: string, name: string) =>
    eventually(`${name} in ${Bucket}`, async () => {
      const found = await delivered(Bucket)
      return found.some(({ eventName }) => eventName === name) ? found : undefined
    })

  test('management events come into the bucket under AWS’s names, from start to stop', async () => {
    await bucketFor('trail-management', 'main')
    const made = await trail.send(
      new CreateTrailCommand({
        Name: 'main',
        S3BucketName: 'trail-management',
        S3KeyPrefix: 'logs',
        IsMultiRegionTrail: true,
      }),
    )
    assert.equal(made.TrailARN, `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`)
    await sqs.send(new CreateQueueCommand({ QueueName: 'before' }))
    assert.equal((await trail.send(new GetTrailStatusCommand({ Name: 'main' }))).IsLogging, false)
    await trail.send(new StartLoggingCommand({ Name: 'main' }))
    await sqs.send(new CreateQueueCommand({ QueueName: 'within' }))
    await new SQSClient({ ...server.sdk, region: 'us-west-2' }).send(new CreateQueueCommand({ QueueName: 'far' }))
    await new IAMClient(server.sdk).send(new CreateUserCommand({ UserName: 'u' }))
    await trail.send(new StopLoggingCommand({ Name: 'main' }))
    await sqs.send(new CreateQueueCommand({ QueueName: 'after' }))
    const found = await untilDelivered('trail-management', 'CreateUser')
    const queues = found.filter(({ eventName }) => eventName === 'CreateQueue')
    assert.deepEqual(new Set(queues.map(({ requestParameters: of }) => of?.['queueName'])), new Set(['far', 'within']))
    assert.equal(queues.length, 2)
    assert.ok(found.some(({ eventName, awsRegion }) => eventName === 'CreateUser' && awsRegion === 'us-east-1'))
    const keys = await keysIn('trail-management', '')
    for (const key of keys)
      assert.match(
        key,
        /^logs\/AWSLogs\/0{12}\/CloudTrail\/([a-z0-9-]+)\/\d{4}\/\d\d\/\d\d\/0{12}_CloudTrail_\1_\d{8}T\d{4}Z_[0-9a-f]{16}\.json\.gz$/,
      )
    const status = await trail.send(new GetTrailStatusCommand({ Name: 'main' }))
    assert.ok(status.LatestDeliveryTime)
    assert.equal(status.LatestDeliveryError, undefined)
    const far = new CloudTrailClient({ ...server.sdk, region: 'us-west-2' })
    assert.equal((await far.send(new DescribeTrailsCommand({}))).trailList?.length, 1)
    assert.equal((await far.send(new DescribeTrailsCommand({ includeShadowTrails: false }))).trailList?.length, 0)
    await assert.rejects(far.send(new StartLoggingCommand({ Name: made.TrailARN })), {
      name: 'InvalidHomeRegionException',
    })
  })

  test('data events only where selectors ask for them, in both forms; LookupEvents never shows them', async () => {
    await bucketFor('trail-data', 'data')
    await s3.send(new CreateBucketCommand({ Bucket: 'watched' }))
    await s3.send(new CreateBucketCommand({ Bucket: 'unwatched' }))
    await trail.send(new CreateTrailCommand({ Name: 'data', S3BucketName: 'trail-data' }))
    await trail.send(
      new PutEventSelectorsCommand({
        TrailName: 'data',
        EventSelectors: [
          {
            ReadWriteType: 'WriteOnly',
            IncludeManagementEvents: false,
            DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::watched/in/'] }],
          },
        ],
      }),
    )
    await trail.send(new StartLoggingCommand({ Name: 'data' }))
    const put = (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'canary-body' }))
    await put('watched', 'out/1')
    await put('unwatched', 'in/1')
    await put('watched', 'in/1')
    await s3.send(new GetObjectCommand({ Bucket: 'watched', Key: 'in/1' }))
    const first = await untilDelivered('trail-data', 'PutObject')
    assert.deepEqual(
      first.map(({ eventName, requestParameters: of }) => [eventName, of?.['bucketName'], of?.['key']]),
      [['PutObject', 'watched', 'in/1']],
    )
    assert.equal(first[0]?.eventCategory, 'Data')

    await trail.send(
      new PutEventSelectorsCommand({
        TrailName: 'data',
        AdvancedEventSelectors: [
          {
            Name: 'messages',
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Data'] },
              { Field: 'resources.type', Equals: ['AWS::SQS::Queue'] },
              { Field: 'eventName', StartsWith: ['Send'] },
              { Field: 'resources.ARN', NotEndsWith: [':quiet'] },
            ],
          },
          {
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Data'] },
              { Field: 'resources.type', Equals: ['AWS::DynamoDB::Table'] },
              { Field: 'readOnly', Equals: ['false'] },
            ],
          },
        ],
      }),
    )
    for (const name of ['quiet', 'loud']) {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'canary-message' }))
    }
    const dynamo = new DynamoDBClient(server.sdk)
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'items',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
    await dynamo.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: 'canary-item' } } }))
    const found = (await untilDelivered('trail-data', 'PutItem')).filter(({ eventName }) => eventName !== 'PutObject')
    assert.deepEqual(found.map(({ eventName }) => eventName).toSorted(), ['PutItem', 'SendMessage'])
    assert.ok(!JSON.stringify(found).includes('canary'))
    const { Events: events = [] } = await trail.send(new LookupEventsCommand({}))
    assert.ok(!events.some(({ EventName: name = '' }) => ['PutObject', 'SendMessage', 'PutItem'].includes(name)))
    const shown = await trail.send(new GetEventSelectorsCommand({ TrailName: 'data' }))
    assert.equal(shown.AdvancedEventSelectors?.length, 2)
    await trail.send(new DeleteTrailCommand({ Name: 'data' }))
  })

  test('aws cloudtrail validate-logs believes what was delivered, and nothing that was changed', async () => {
    await bucketFor('trail-signed', 'signed')
    const startTime = new Date(Date.now() - 60_000).toISOString()
    const { TrailARN: arn = '' } = await trail.send(
      new CreateTrailCommand({ Name: 'signed', S3BucketName: 'trail-signed', EnableLogFileValidation: true }),
    )
    await trail.send(new StartLoggingCommand({ Name: 'signed' }))
    for (const name of ['one', 'two']) {
      const before = (await keysIn('trail-signed', '/CloudTrail-Digest/')).length
      await sqs.send(new CreateQueueCommand({ QueueName: `signed-${name}` }))
      await eventually('digest', async () =>
        (await keysIn('trail-signed', '/CloudTrail-Digest/')).length > before ? true : undefined,
      )
    }
    await trail.send(new StopLoggingCommand({ Name: 'signed' }))
    const { PublicKeyList: keys = [] } = await trail.send(new ListPublicKeysCommand({}))
    assert.match(keys[0]?.Fingerprint ?? '', /^[0-9a-f]{32}$/)
    const past = { StartTime: new Date(1000), EndTime: new Date(2000) }
    assert.deepEqual((await trail.send(new ListPublicKeysCommand(past))).PublicKeyList, [])
    const wrong = { StartTime: past.EndTime, EndTime: past.StartTime }
    await assert.rejects(trail.send(new ListPublicKeysCommand(wrong)), { name: 'InvalidTimeRangeException' })
    const peer = join(server.folder, 'validate.py')
    await writeFile(peer, VALIDATE)
    const validate = (): Promise<readonly string[]> =>
      new Promise((resolve, reject) => {
        const env = {
          PATH: process.env['PATH'],
          HOME: '/nonexistent',
          AWS_ACCESS_KEY_ID: server.keys.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.keys.secretAccessKey,
          AWS_DEFAULT_REGION: REGION,
          ENDPOINT: server.endpoint,
        }
        execFile('/usr/bin/python3', [peer, arn, startTime], { env }, (error, stdout, stderr) =>
          error === null ? resolve(stdout.trim().split('\n')) : reject(new Error(stderr)),
        )
      })
    const good = await validate()
    assert.ok(good.filter((line) => line.startsWith('digest valid')).length >= 2, good.join('\n'))
    assert.ok(good.filter((line) => line.startsWith('log valid')).length >= 2, good.join('\n'))
    assert.ok(!good.some((line) => line.includes('INVALID')), good.join('\n'))
    const [key = ''] = await keysIn('trail-signed', '/CloudTrail/')
    await s3.send(new PutObjectCommand({ Bucket: 'trail-signed', Key: key, Body: 'x' }))
    const digest = (await keysIn('trail-signed', '/CloudTrail-Digest/')).at(-1)
    await s3.send(new PutObjectCommand({ Bucket: 'trail-signed', Key: digest, Body: 'x' }))
    const changed = await validate()
    assert.ok(
      changed.some((line) => line.startsWith('log INVALID')),
      changed.join('\n'),
    )
    assert.ok(
      changed.some((line) => line.startsWith('digest INVALID')),
      changed.join('\n'),
    )
  })

  test('a bucket that stops taking is told in the status, and gets everything when it takes again', async () => {
    await bucketFor('trail-stops', 'stops')
    await trail.send(new CreateTrailCommand({ Name: 'stops', S3BucketName: 'trail-stops' }))
    await trail.send(new StartLoggingCommand({ Name: 'stops' }))
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: 'trail-stops' }))
    await sqs.send(new CreateQueueCommand({ QueueName: 'while-it-stops' }))
    await eventually('error', async () =>
      (await trail.send(new GetTrailStatusCommand({ Name: 'stops' }))).LatestDeliveryError === 'AccessDenied'
        ? true
        : undefined,
    )
    const SourceArn = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/stops`
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: 'trail-stops',
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'cloudtrail.amazonaws.com' },
              Action: 's3:PutObject',
              Resource: 'arn:aws:s3:::trail-stops/*',
              Condition: { StringEquals: { 'aws:SourceArn': SourceArn } },
            },
          ],
        }),
      }),
    )
    const found = await untilDelivered('trail-stops', 'CreateQueue')
    assert.equal(found.filter(({ requestParameters: of }) => of?.['queueName'] === 'while-it-stops').length, 1)
    await trail.send(new DeleteTrailCommand({ Name: 'stops' }))
  })

  test('what cannot be is refused as by AWS; tags; changes', async () => {
    const create = (input: Partial<ConstructorParameters<typeof CreateTrailCommand>[0]>) =>
      trail.send(new CreateTrailCommand({ Name: 'other', S3BucketName: 'trail-signed', ...input }))
    for (const [input, name] of [
      [{ Name: 'ab' }, 'InvalidTrailNameException'],
      [{ Name: 'my-_name' }, 'InvalidTrailNameException'],
      [{ Name: '192.168.5.4' }, 'InvalidTrailNameException'],
      [{ S3BucketName: 'not-there-at-all' }, 'S3BucketDoesNotExistException'],
      [{ S3BucketName: 'watched' }, 'InsufficientS3BucketPolicyException'],
      [{ Name: 'signed' }, 'TrailAlreadyExistsException'],
      [{ SnsTopicName: 'topic' }, 'UnsupportedOperationException'],
      [{ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false }, 'InvalidParameterCombinationException'],
    ] as const)
      await assert.rejects(create(input), { name })
    await assert.rejects(trail.send(new GetTrailCommand({ Name: 'nothing' })), { name: 'TrailNotFoundException' })
    const select = (input: Partial<ConstructorParameters<typeof PutEventSelectorsCommand>[0]>) =>
      trail.send(new PutEventSelectorsCommand({ TrailName: 'signed', ...input }))
    const name = 'InvalidEventSelectorsException'
    await assert.rejects(select({}), { name })
    await assert.rejects(
      select({ EventSelectors: [{ DataResources: [{ Type: 'AWS::SQS::Queue', Values: ['x'] }] }] }),
      {
        name,
      },
    )
    await assert.rejects(
      select({ AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }] }),
      { name },
    )
    const { Trail: signed } = await trail.send(new GetTrailCommand({ Name: 'signed' }))
    assert.equal(signed?.LogFileValidationEnabled, true)
    assert.equal((await trail.send(new ListTrailsCommand({}))).Trails?.length, 2)
    const ResourceId = signed?.TrailARN
    await trail.send(new AddTagsCommand({ ResourceId, TagsList: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }))
    await trail.send(new RemoveTagsCommand({ ResourceId, TagsList: [{ Key: 'b' }] }))
    const { ResourceTagList: tags } = await trail.send(new ListTagsCommand({ ResourceIdList: [ResourceId ?? ''] }))
    assert.deepEqual(tags?.[0]?.TagsList, [{ Key: 'a', Value: '1' }])
    const updated = await trail.send(new UpdateTrailCommand({ Name: 'signed', EnableLogFileValidation: false }))
    assert.equal(updated.LogFileValidationEnabled, false)
  })
})

/** The validator of the AWS CLI with clients that know the endpoint: its own S3 clients would go to AWS. */
const VALIDATE = `
import os, sys, zlib, hashlib
from datetime import datetime, timedelta
import botocore.session
from botocore.config import Config
from awscli.customizations.cloudtrail import validation

class Buckets(validation.S3ClientProvider):
    def _create_client(self, region):
        return client('s3', region)

def client(name, region):
    config = Config(s3={'addressing_style': 'path'})
    session = botocore.session.get_session()
    if name == 'cloudtrail':
        session.get_component('response_parser_factory').set_parser_defaults(blob_parser=lambda x: x)
    return session.create_client(name, region, endpoint_url=os.environ['ENDPOINT'], config=config)

region = os.environ['AWS_DEFAULT_REGION']
buckets = Buckets(None)
def bad(**about):
    print('digest INVALID', about.get('message'))
traverser = validation.create_digest_traverser(
    cloudtrail_client=client('cloudtrail', region), organization_client=None, s3_client_provider=buckets,
    trail_arn=sys.argv[1], trail_source_region=region, on_invalid=bad, on_missing=bad, on_gap=bad)
start = validation.normalize_date(validation.parse_date(sys.argv[2]))
for digest in traverser.traverse(start, validation.normalize_date(datetime.utcnow() + timedelta(seconds=5))):
    print('digest valid', digest['digestS3Object'])
    for log in digest['logFiles']:
        body = buckets.get_client(log['s3Bucket']).get_object(Bucket=log['s3Bucket'], Key=log['s3Object'])['Body'].read()
        try:
            good = hashlib.sha256(zlib.decompress(body, zlib.MAX_WBITS | 16)).hexdigest() == log['hashValue']
        except zlib.error:
            good = False
        print('log', 'valid' if good else 'INVALID', log['s3Object'])
`
