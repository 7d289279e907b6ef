// A server that was started from joined modules: every service is found in them, threads and functions run, and what lies
// beside the sources is read from there.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail'
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { CreateFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { BundleRecord } from '../src/bundle.ts'
import { zipOf } from '../../server/test/lambda/zip-file.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Below the root, so that packages are found as they are from where bundles belong. */
const bundles = mkdtempSync(join(root, 'node_modules/.bundles-'))
const data = join(bundles, 'data')

const bundle = (): Promise<unknown> => promisify(execFile)(process.execPath, [join(root, 'tools/bundle.ts'), bundles])
const current = (): BundleRecord => JSON.parse(readFileSync(join(bundles, 'current.json'), 'utf8'))

let server: ReturnType<typeof spawn>
let config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }

before(async () => {
  await bundle()
  const entry = pathToFileURL(join(bundles, current().id, 'main.js')).href
  const begin = `const { main } = await import(${JSON.stringify(entry)}); await main(process.argv.slice(1))`
  const args = ['--input-type=module', '-e', begin, 'dev', '--json', '--port', '0', '--data', data]
  server = spawn(process.execPath, args, { cwd: bundles, stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(server.stdout)
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
  const { endpoint } = JSON.parse(line) as { endpoint: string }
  config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
})

after(async () => {
  if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit')
  rmSync(bundles, { recursive: true, force: true })
})

test('every service answers', async () => {
  await Promise.all([
    new CloudTrailClient(config).send(new DescribeTrailsCommand()),
    new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand()),
    new DynamoDBClient(config).send(new ListTablesCommand()),
    new DynamoDBStreamsClient(config).send(new ListStreamsCommand()),
    new EventBridgeClient(config).send(new ListRulesCommand()),
    new IAMClient(config).send(new ListUsersCommand()),
    new KMSClient(config).send(new ListKeysCommand()),
    new LambdaClient(config).send(new ListFunctionsCommand()),
    new SecretsManagerClient(config).send(new ListSecretsCommand()),
    new SNSClient(config).send(new ListTopicsCommand()),
    new SQSClient(config).send(new ListQueuesCommand()),
    new SSMClient(config).send(new DescribeParametersCommand()),
    new STSClient(config).send(new GetCallerIdentityCommand()),
  ])
})

test('a large object goes through the threads for bodies', async () => {
  const s3 = new S3Client({ ...config, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: 'large' }))
  const Body = Buffer.alloc(6 * 1024 * 1024, 'large')
  await s3.send(new PutObjectCommand({ Bucket: 'large', Key: 'k', Body }))
  const got = await s3.send(new GetObjectCommand({ Bucket: 'large', Key: 'k' }))
  assert.deepEqual(Buffer.from((await got.Body?.transformToByteArray()) ?? []), Body)
})

test('a function runs, and finds the SDK', async () => {
  const lambda = new LambdaClient(config)
  const source = "exports.handler = async () => typeof require('@aws-sdk/client-s3').S3Client"
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'joined',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Timeout: 30,
      Code: { ZipFile: zipOf({ 'index.js': source }) },
    }),
  )
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'joined' }))
  assert.equal(Buffer.from(Payload ?? []).toString(), '"function"')
})

test('what is made again leaves the one before, and no others', async () => {
  const { id } = current()
  await bundle()
  assert.equal(current().id, id, 'the same sources make the same bundle')
  const folders = readdirSync(bundles, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(folders.map(({ name }) => name).toSorted(), [id, 'data'].toSorted())
})
