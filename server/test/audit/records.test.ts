// What is recorded of calls, as unmodified clients see it: who, what, on what, from where, and how it ended; no secrets.
import {
  CloudTrailClient,
  type Event,
  LookupEventsCommand,
  type LookupEventsCommandInput,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteUserCommand,
  IAMClient,
  TagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { awsJson, boto3, makeRole, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

interface Recorded {
  readonly eventName: string
  readonly userIdentity: Readonly<Record<string, unknown>>
  readonly requestParameters: Readonly<Record<string, unknown>> | null
  readonly responseElements: Readonly<Record<string, unknown>> | null
  readonly errorCode?: string
  readonly readOnly: boolean
  readonly requestID: string
  readonly resources?: readonly { readonly ARN: string; readonly type: string }[]
}

/** Far more than are recorded in the time that they take. */
const REFUSALS = 500

describe('records', () => {
  let server: TestServer
  let trail: CloudTrailClient
  let global: CloudTrailClient

  before(async () => {
    server = await openServer()
    trail = new CloudTrailClient(server.sdk)
    global = new CloudTrailClient({ ...server.sdk, region: 'us-east-1' })
  })
  after(() => server[Symbol.asyncDispose]())

  const find = async (client: CloudTrailClient, eventName: string): Promise<Recorded> => {
    const { Events: events = [] } = await client.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }] }),
    )
    assert.ok(events[0]?.CloudTrailEvent, `no record of ${eventName}`)
    return JSON.parse(events[0].CloudTrailEvent) as Recorded
  }

  test('a change is there when its answer is, with all that AWS tells', async () => {
    const answer = await new IAMClient(server.sdk).send(new CreateUserCommand({ UserName: 'ada' }))
    const { Events: events = [] } = await global.send(new LookupEventsCommand({ MaxResults: 1 }))
    const [event] = events
    assert.equal(event?.EventName, 'CreateUser')
    assert.equal(event?.EventSource, 'iam.amazonaws.com')
    assert.equal(event?.ReadOnly, 'false')
    assert.equal(event?.Username, 'root')
    assert.equal(event?.AccessKeyId, server.keys.accessKeyId)
    assert.deepEqual(event?.Resources, [{ ResourceType: 'AWS::IAM::User', ResourceName: 'ada' }])
    const record = JSON.parse(event?.CloudTrailEvent ?? '')
    const { eventTime, eventID, userAgent, ...rest } = record
    assert.equal(eventID, event?.EventId)
    assert.match(eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.match(userAgent, /aws-sdk-js/)
    assert.deepEqual(rest, {
      eventVersion: '1.11',
      userIdentity: {
        type: 'Root',
        principalId: '000000000000',
        arn: 'arn:aws:iam::000000000000:root',
        accountId: '000000000000',
        accessKeyId: server.keys.accessKeyId,
      },
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateUser',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      requestParameters: { userName: 'ada' },
      responseElements: {
        user: {
          path: '/',
          userName: 'ada',
          userId: answer.User?.UserId,
          arn: 'arn:aws:iam::000000000000:user/ada',
          createDate: answer.User?.CreateDate?.toISOString(),
        },
      },
      requestID: answer.$metadata.requestId,
      readOnly: false,
      resources: [{ accountId: '000000000000', type: 'AWS::IAM::User', ARN: 'arn:aws:iam::000000000000:user/ada' }],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '000000000000',
      eventCategory: 'Management',
    })
  })

  test('what is there already is named with its path, deleted things too', async () => {
    const iam = new IAMClient(server.sdk)
    await iam.send(new CreateUserCommand({ UserName: 'grace', Path: '/navy/' }))
    await iam.send(new TagUserCommand({ UserName: 'grace', Tags: [{ Key: 'rank', Value: 'admiral' }] }))
    await iam.send(new UpdateUserCommand({ UserName: 'grace', NewPath: '/retired/' }))
    await iam.send(new DeleteUserCommand({ UserName: 'grace' }))
    const named = async (eventName: string): Promise<string | undefined> =>
      (await find(global, eventName)).resources?.[0]?.ARN
    const arn = (path: string): string => `arn:aws:iam::000000000000:user/${path}/grace`
    assert.equal(await named('TagUser'), arn('navy'))
    assert.equal(await named('UpdateUser'), arn('navy'))
    assert.equal(await named('DeleteUser'), arn('retired'))
  })

  test('no secret is in any record', async () => {
    const iam = new IAMClient(server.sdk)
    await iam.send(new CreateUserCommand({ UserName: 'secretive' }))
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'secretive' }))
    await iam.send(new CreateLoginProfileCommand({ UserName: 'secretive', Password: 'canary-Password-1!' }))
    await new SSMClient(server.sdk).send(
      new PutParameterCommand({ Name: '/p', Value: 'canary-ssm', Type: 'SecureString' }),
    )
    await new SecretsManagerClient(server.sdk).send(new CreateSecretCommand({ Name: 's', SecretString: 'canary-sm' }))
    const role = await makeRole(server, 'audited')
    await new LambdaClient(server.sdk)
      .send(
        new CreateFunctionCommand({
          FunctionName: 'f',
          Role: role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: Buffer.from('canary-zip') },
          Environment: { Variables: { TOKEN: 'canary-env' } },
        }),
      )
      .catch(() => {})
    const { Credentials: session } = await new STSClient(server.sdk).send(new GetSessionTokenCommand({}))
    const all: string[] = []
    for (const client of [trail, global])
      for await (const page of paginateLookupEvents({ client }, {}))
        all.push(...(page.Events ?? []).map(({ CloudTrailEvent: text = '' }) => text))
    const text = all.join('\n')
    for (const secret of [
      'canary',
      key?.SecretAccessKey ?? '',
      session?.SecretAccessKey ?? '',
      session?.SessionToken ?? '',
    ])
      assert.ok(!text.includes(secret), `a record holds ${secret}`)
    const parameter = await find(trail, 'PutParameter')
    assert.equal(parameter.requestParameters?.['value'], 'HIDDEN_DUE_TO_SECURITY_REASONS')
    const created = await find(trail, 'CreateFunction')
    assert.equal(created.requestParameters?.['functionName'], 'f')
  })

  test('each kind of caller is told as AWS tells it', async () => {
    const iam = new IAMClient(server.sdk)
    await iam.send(new CreateUserCommand({ UserName: 'grace' }))
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'grace' }))
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    const sdk = { ...server.sdk, credentials }
    await new STSClient(sdk).send(new GetCallerIdentityCommand({}))
    const asUser = await find(trail, 'GetCallerIdentity')
    assert.equal(asUser.userIdentity['type'], 'IAMUser')
    assert.equal(asUser.userIdentity['userName'], 'grace')
    assert.equal(asUser.userIdentity['arn'], 'arn:aws:iam::000000000000:user/grace')
    assert.equal(asUser.responseElements, null)
    // Not allowed, and recorded as that.
    await assert.rejects(new IAMClient(sdk).send(new DeleteUserCommand({ UserName: 'ada' })), { name: 'AccessDenied' })
    const denied = await find(global, 'DeleteUser')
    assert.equal(denied.errorCode, 'AccessDenied')
    assert.deepEqual(denied.requestParameters, { userName: 'ada' })
    assert.equal(denied.responseElements, null)
    // A signature that is not believed.
    const wrong = { accessKeyId: credentials.accessKeyId, secretAccessKey: 'wrong' }
    await assert.rejects(new KMSClient({ ...sdk, credentials: wrong }).send(new ListKeysCommand({})))
    const refused = await find(trail, 'ListKeys')
    assert.equal(refused.errorCode, 'InvalidSignatureException')
    assert.deepEqual(refused.userIdentity, {
      type: 'Unknown',
      accountId: '000000000000',
      accessKeyId: credentials.accessKeyId,
    })
  })

  test('a role session names its role; every attribute of a lookup finds', async () => {
    const [made] = (await boto3(
      server,
      `
iam = client('iam')
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'AWS': '000000000000'}, 'Action': 'sts:AssumeRole'}]}
role = iam.create_role(RoleName='operator', AssumeRolePolicyDocument=json.dumps(trust))['Role']
iam.put_role_policy(RoleName='operator', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sqs:*', 'Resource': '*'}]}))
iam.create_user(UserName='night')
iam.put_user_policy(UserName='night', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '*'}]}))
key = iam.create_access_key(UserName='night')['AccessKey']
sts = boto3.client('sts', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])
session = sts.assume_role(RoleArn=role['Arn'], RoleSessionName='night-shift')['Credentials']
sqs = boto3.client('sqs', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id=session['AccessKeyId'], aws_secret_access_key=session['SecretAccessKey'], aws_session_token=session['SessionToken'])
sqs.create_queue(QueueName='made-at-night')
show(session['AccessKeyId'])
`,
    )) as [string]
    const look = async (key: string, value: string): Promise<readonly Event[]> => {
      const answer = (await awsJson(server, [
        'cloudtrail',
        'lookup-events',
        '--lookup-attributes',
        `AttributeKey=${key},AttributeValue=${value}`,
      ])) as { Events: readonly Event[] }
      return answer.Events
    }
    const found = await look('Username', 'night-shift')
    assert.equal(found.length, 1)
    const record = JSON.parse(found[0]?.CloudTrailEvent ?? '')
    assert.equal(record.userIdentity.type, 'AssumedRole')
    assert.equal(record.userIdentity.arn, 'arn:aws:sts::000000000000:assumed-role/operator/night-shift')
    assert.equal(record.userIdentity.sessionContext.sessionIssuer.userName, 'operator')
    assert.equal(record.userIdentity.sessionContext.attributes.mfaAuthenticated, 'false')
    const id = found[0]?.EventId ?? ''
    for (const [key, value] of [
      ['EventId', id],
      ['EventName', 'CreateQueue'],
      ['EventSource', 'sqs.amazonaws.com'],
      ['ResourceType', 'AWS::SQS::Queue'],
      ['ResourceName', 'made-at-night'],
      ['AccessKeyId', made],
      ['ReadOnly', 'false'],
    ] as const)
      assert.ok(
        (await look(key, value)).some((event) => event.EventId === id),
        key,
      )
    assert.ok(!(await look('ReadOnly', 'true')).some((event) => event.EventId === id))
  })

  test('data calls are not recorded while no trail asks for them', async () => {
    const s3 = new S3Client(server.sdk)
    await s3.send(new CreateBucketCommand({ Bucket: 'audited-bucket' }))
    await s3.send(new PutObjectCommand({ Bucket: 'audited-bucket', Key: 'k', Body: 'x' }))
    const sqs = new SQSClient(server.sdk)
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello' }))
    await new DynamoDBClient(server.sdk)
      .send(new PutItemCommand({ TableName: 't', Item: { k: { S: 'v' } } }))
      .catch(() => {})
    const names = new Set<string>()
    for await (const page of paginateLookupEvents({ client: trail }, {}))
      for (const { EventName: name = '' } of page.Events ?? []) names.add(name)
    assert.ok(names.has('CreateBucket') && names.has('CreateQueue'))
    for (const name of ['PutObject', 'SendMessage', 'PutItem']) assert.ok(!names.has(name), name)
  })

  test('pages join without gaps; wrong questions are refused as by AWS', async () => {
    const sqs = new SQSClient({ ...server.sdk, region: 'eu-north-1' })
    for (let index = 0; index < 12; index++) await sqs.send(new CreateQueueCommand({ QueueName: `page-${index}` }))
    const client = new CloudTrailClient({ ...server.sdk, region: 'eu-north-1' })
    const names: string[] = []
    for await (const page of paginateLookupEvents(
      { client, pageSize: 5 },
      {
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateQueue' }],
      },
    ))
      names.push(...(page.Events ?? []).map(({ Resources: on }) => on?.[0]?.ResourceName ?? ''))
    assert.deepEqual(
      names,
      Array.from({ length: 12 }, (_, index) => `page-${11 - index}`),
    )
    const first = await client.send(new LookupEventsCommand({ MaxResults: 5 }))
    const refused: readonly [LookupEventsCommandInput, string][] = [
      [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
      [{ MaxResults: 0 }, 'InvalidMaxResultsException'],
      [{ StartTime: new Date(2000), EndTime: new Date(1000) }, 'InvalidTimeRangeException'],
      [{ NextToken: 'nonsense' }, 'InvalidNextTokenException'],
      [{ NextToken: first.NextToken, StartTime: new Date(0) }, 'InvalidNextTokenException'],
      [
        {
          LookupAttributes: [
            { AttributeKey: 'EventName', AttributeValue: 'a' },
            { AttributeKey: 'EventId', AttributeValue: 'b' },
          ],
        },
        'InvalidLookupAttributesException',
      ],
    ]
    for (const [input, name] of refused) await assert.rejects(client.send(new LookupEventsCommand(input)), { name })
    const none = await client.send(new LookupEventsCommand({ EndTime: new Date(Date.now() - 86_400_000) }))
    assert.deepEqual(none.Events, [])
  })

  test('who has no account cannot fill the trail', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }
    const sqs = new SQSClient({ ...server.sdk, region: 'eu-south-1', credentials })
    // A key that is believed after the first failure is still let in when strangers from its address no longer are.
    await assert.rejects(sqs.send(new CreateQueueCommand({ QueueName: 'first' })))
    await trail.send(new LookupEventsCommand({}))
    for (let sent = 0; sent < REFUSALS; sent += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          assert.rejects(sqs.send(new CreateQueueCommand({ QueueName: `x-${sent + index}` }))),
        ),
      )
    const client = new CloudTrailClient({ ...server.sdk, region: 'eu-south-1' })
    let count = 0
    for await (const page of paginateLookupEvents({ client }, {}))
      count += (page.Events ?? []).filter(({ EventName: name }) => name === 'CreateQueue').length
    // The burst, and ten a second for as long as it took.
    assert.ok(count >= 90 && count < REFUSALS, `${count} records`)
  })

  test('a region sees its own', async () => {
    const { Events: events = [] } = await trail.send(new LookupEventsCommand({}))
    assert.ok(events.length > 0)
    for (const { CloudTrailEvent: text = '' } of events) assert.equal(JSON.parse(text).awsRegion, REGION)
  })
})
