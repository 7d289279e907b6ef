// The main job, by each client that people use: a bucket, a function, a notification; an upload starts the function in
// its sandbox, which reads the object and writes back with its own credentials, without any configuration; its lines are
// in the logs.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { zipOf } from '../lambda/zip-file.ts'
import { aws, awsJson, boto3, eventually, makeRole, openServer, REGION, type TestServer } from './server-kit.ts'

const ROLE = 'arn:aws:iam::000000000000:role/photos'
const ACCOUNT = '000000000000'

// What a user would write: no endpoint, no keys, no region.
const NODE_HANDLER = `
import { S3Client, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
const s3 = new S3Client({ forcePathStyle: true })
export const handler = async (event) => {
  const { bucket, object } = event.Records[0].s3
  const Key = decodeURIComponent(object.key.replaceAll('+', ' '))
  const found = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key }))
  const text = await found.Body.transformToString()
  console.log('made', Key)
  await s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: Key.replace('in/', 'out/'), Body: text.toUpperCase() }))
}
`
const PYTHON_HANDLER = `
import boto3
from urllib.parse import unquote_plus
s3 = boto3.client('s3')
def handler(event, context):
    record = event['Records'][0]['s3']
    key = unquote_plus(record['object']['key'])
    bucket = record['bucket']['name']
    text = s3.get_object(Bucket=bucket, Key=key)['Body'].read().decode()
    print('made', key)
    s3.put_object(Bucket=bucket, Key=key.replace('in/', 'out/'), Body=text.upper().encode())
`

let target: TestServer
let nodeZip: Buffer
let pythonZip: Buffer

before(async () => {
  target = await openServer()
  assert.equal(
    await makeRole(target, 'photos', [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: '*' }]),
    ROLE,
  )
  nodeZip = zipOf({ 'index.mjs': NODE_HANDLER })
  pythonZip = zipOf({ 'app.py': PYTHON_HANDLER })
  await writeFile(join(target.folder, 'node.zip'), nodeZip)
  await writeFile(join(target.folder, 'python.zip'), pythonZip)
})

after(() => target[Symbol.asyncDispose]())

function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
}

/** Whether every invocation that began has its report: the bucket's test event, or a retry, may be one of them. */
function haveEnded(messages: readonly string[]): boolean {
  const [starts, reports] = ['START', 'REPORT'].map((kind) => messages.filter((line) => line.startsWith(kind)).length)
  return starts !== undefined && starts > 0 && reports === starts
}

/** Checks the lines of one finished invocation, and that they belong to one request. */
function checkLines(messages: readonly string[], printed: string): void {
  const text = messages.join('')
  const requestId = /START RequestId: ([0-9a-f-]{36}) Version: \$LATEST/.exec(text)?.[1]
  assert.ok(requestId, text)
  assert.ok(text.includes(printed), text)
  assert.ok(text.includes(`END RequestId: ${requestId}`), text)
  const report = new RegExp(
    `REPORT RequestId: ${requestId}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: \\d+ MB\\tMax Memory Used: \\d+ MB\\tInit Duration: [\\d.]+ ms`,
  )
  assert.match(text, report)
}

test('by the JavaScript SDK', async () => {
  const buckets = new s3.S3Client(target.sdk)
  const functions = new lambda.LambdaClient(target.sdk)
  const lines = new logs.CloudWatchLogsClient(target.sdk)
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'sdk-photos' }))
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: 'sdk-resize',
      Runtime: 'nodejs22.x',
      Role: ROLE,
      Handler: 'index.handler',
      Code: { ZipFile: nodeZip },
      Timeout: 20,
      MemorySize: 512,
    }),
  )
  await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 20 }, { FunctionName: 'sdk-resize' })
  await functions.send(
    new lambda.AddPermissionCommand({
      FunctionName: 'sdk-resize',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::sdk-photos',
    }),
  )
  await buckets.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket: 'sdk-photos',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          {
            LambdaFunctionArn: functionArn('sdk-resize'),
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
          },
        ],
      },
    }),
  )
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'sdk-photos', Key: 'in/grüße an alle+1.txt', Body: 'hello' }))
  const made = await eventually('the answer of the function', () =>
    buckets
      .send(new s3.GetObjectCommand({ Bucket: 'sdk-photos', Key: 'out/grüße an alle+1.txt' }))
      .then((found) => found.Body?.transformToString())
      .catch((error: unknown) => {
        if (error instanceof s3.NoSuchKey) return undefined
        throw error
      }),
  )
  assert.equal(made, 'HELLO')
  const found = await eventually('the report in the logs', async () => {
    const { events } = await lines.send(new logs.FilterLogEventsCommand({ logGroupName: '/aws/lambda/sdk-resize' }))
    const messages = (events ?? []).map((event) => event.message ?? '')
    return haveEnded(messages) ? messages : undefined
  })
  checkLines(found, 'made in/grüße an alle+1.txt')
  const { logStreams } = await lines.send(
    new logs.DescribeLogStreamsCommand({
      logGroupName: '/aws/lambda/sdk-resize',
      orderBy: 'LastEventTime',
      descending: true,
    }),
  )
  assert.match(logStreams?.[0]?.logStreamName ?? '', /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/)
  for (const client of [buckets, functions, lines]) client.destroy()
})

test('by awscli', async () => {
  const call = (...args: string[]): Promise<unknown> => awsJson(target, args)
  assert.equal((await aws(target, ['s3', 'mb', 's3://cli-photos'])).status, 0)
  await call(
    'lambda',
    'create-function',
    '--function-name',
    'cli-resize',
    '--runtime',
    'python3.11',
    '--role',
    ROLE,
    '--handler',
    'app.handler',
    '--zip-file',
    `fileb://${target.folder}/python.zip`,
    '--timeout',
    '20',
    '--memory-size',
    '256',
  )
  await call('lambda', 'wait', 'function-active-v2', '--function-name', 'cli-resize')
  await call(
    'lambda',
    'add-permission',
    '--function-name',
    'cli-resize',
    '--statement-id',
    's3',
    '--action',
    'lambda:InvokeFunction',
    '--principal',
    's3.amazonaws.com',
    '--source-arn',
    'arn:aws:s3:::cli-photos',
  )
  const configuration = {
    LambdaFunctionConfigurations: [
      {
        LambdaFunctionArn: functionArn('cli-resize'),
        Events: ['s3:ObjectCreated:*'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix', Value: 'in/' },
              { Name: 'suffix', Value: '.txt' },
            ],
          },
        },
      },
    ],
  }
  await call(
    's3api',
    'put-bucket-notification-configuration',
    '--bucket',
    'cli-photos',
    '--notification-configuration',
    JSON.stringify(configuration),
  )
  await writeFile(join(target.folder, 'photo.txt'), 'from the command line')
  const { status } = await aws(target, ['s3', 'cp', join(target.folder, 'photo.txt'), 's3://cli-photos/in/photo.txt'])
  assert.equal(status, 0)
  const made = await eventually('the answer of the function', async () => {
    const run = await aws(target, ['s3', 'cp', 's3://cli-photos/out/photo.txt', '-'])
    return run.status === 0 ? run.stdout : undefined
  })
  assert.equal(made, 'FROM THE COMMAND LINE')
  const lines = await eventually('the report in the logs', async () => {
    const { events } = (await call('logs', 'filter-log-events', '--log-group-name', '/aws/lambda/cli-resize')) as {
      events: { message: string }[]
    }
    const messages = events.map((event) => event.message)
    return haveEnded(messages) ? messages : undefined
  })
  checkLines(lines, 'made in/photo.txt')
})

test('by boto3', async () => {
  const [body, messages] = await boto3(
    target,
    `
import time
s3, functions, logs = client('s3'), client('lambda'), client('logs')
s3.create_bucket(Bucket='boto-photos', CreateBucketConfiguration={'LocationConstraint': '${REGION}'})
arn = functions.create_function(FunctionName='boto-resize', Runtime='python3.11', Role='${ROLE}', Handler='app.handler',
    Code={'ZipFile': open('${target.folder}/python.zip', 'rb').read()}, Timeout=20)['FunctionArn']
functions.get_waiter('function_active_v2').wait(FunctionName='boto-resize')
functions.add_permission(FunctionName='boto-resize', StatementId='s3', Action='lambda:InvokeFunction',
    Principal='s3.amazonaws.com', SourceArn='arn:aws:s3:::boto-photos')
s3.put_bucket_notification_configuration(Bucket='boto-photos', NotificationConfiguration={'LambdaFunctionConfigurations': [
    {'LambdaFunctionArn': arn, 'Events': ['s3:ObjectCreated:*'],
     'Filter': {'Key': {'FilterRules': [{'Name': 'prefix', 'Value': 'in/'}]}}}]})
s3.put_object(Bucket='boto-photos', Key='in/a b.txt', Body=b'boto')
for _ in range(300):
    try:
        show(s3.get_object(Bucket='boto-photos', Key='out/a b.txt')['Body'].read().decode())
        break
    except s3.exceptions.NoSuchKey:
        time.sleep(0.05)
for _ in range(300):
    found = [event['message'] for event in logs.filter_log_events(logGroupName='/aws/lambda/boto-resize')['events']]
    reports, starts = ([message for message in found if message.startswith(kind)] for kind in ('REPORT', 'START'))
    if len(starts) > 0 and len(reports) == len(starts):
        break
    time.sleep(0.05)
show(found)
`,
  )
  assert.equal(body, 'BOTO')
  checkLines(messages as readonly string[], 'made in/a b.txt')
})
