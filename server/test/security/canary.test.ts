// Secrets with names: each is put where users put secrets, then everything is asked for, wrong and right, and whatever left
// the server is searched: answers, errors, its log, its own pages, its files. A secret may be found in the answer of the
// operation whose purpose is to tell it, and nowhere else.
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as s3 from '@aws-sdk/client-s3'
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createJsonLog } from '#base/json-log.ts'
import { makeRole, openServer } from '../conformance/server-kit.ts'
import { zipOf } from '../lambda/zip-file.ts'

/** Stands between clients and the server, and keeps every byte that the server sends. */
async function openRecorder(t: TestContext, port: number): Promise<{ readonly endpoint: string; bytes(): Buffer }> {
  const kept: Buffer[] = []
  const recorder = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    server.on('data', (piece) => kept.push(piece))
    for (const socket of [client, server]) socket.on('error', () => socket.destroy())
    client.pipe(server).pipe(client)
  })
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve))
  t.after(() => recorder.close())
  const address = recorder.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { endpoint: `http://127.0.0.1:${address.port}`, bytes: () => Buffer.concat(kept) }
}

/** The ways in which a text hides in bytes. */
function disguises(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  // In base64 the same text looks different at each place within three bytes; what the neighbours share is cut off.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...base64]
}

function assertAbsent(found: Readonly<Record<string, string>>, where: string, bytes: Buffer): void {
  for (const [name, secret] of Object.entries(found)) {
    assert.ok(secret.length >= 16, `${name} is too short to be searched for`)
    for (const disguise of disguises(secret)) {
      const at = bytes.indexOf(disguise)
      assert.equal(
        at,
        -1,
        `${name} is in ${where}: …${bytes.subarray(Math.max(0, at - 300), at + 200).toString('latin1')}…`,
      )
    }
  }
}

type Module = Readonly<Record<string, unknown>>
type AnyCommand = new (input: object) => never
interface AnyClient {
  send(command: never): Promise<unknown>
  destroy(): void
}

/** Operations whose purpose is to give out a secret. */
const TELLING =
  /^(?:GetSecretValue|BatchGetSecretValue|GetSessionToken|GetFederationToken|GetDelegatedAccessToken|GetWebIdentityToken|GetRandomPassword)Command$/

/** Every List, Get and Describe of a service, with whatever names there are; what it says to that does not matter. */
async function askEverything(client: AnyClient, module: Module, input: object): Promise<number> {
  let asked = 0
  for (const [name, command] of Object.entries(module)) {
    if (
      !/^(?:List|Get|Describe|BatchGet|Search|Query|Scan|Lookup|Select|Test|Simulate|Validate|Generate.*Report|Head).*Command$/.test(
        name,
      ) ||
      TELLING.test(name)
    )
      continue
    asked++
    // The members are those of many operations: each takes what it knows.
    await client.send(new (command as AnyCommand)(input)).catch(() => {})
  }
  client.destroy()
  return asked
}

const canary = (name: string): string =>
  `canary-${name}-${createHash('sha256').update(`${name}${process.pid}${Date.now()}`).digest('hex').slice(0, 20)}`

test('no secret is in any answer, error, log, page or file but its own', async (t) => {
  const lines: string[] = []
  const passphrase = canary('master-passphrase')
  process.env['MAYFLY_MASTER_PASSPHRASE'] = passphrase
  t.after(() => delete process.env['MAYFLY_MASTER_PASSPHRASE'])
  const server = await openServer({ log: createJsonLog({ level: 'debug', write: (line) => lines.push(line) }) })
  t.after(() => server[Symbol.asyncDispose]())
  const { sdk } = server
  const recorder = await openRecorder(t, server.server.port)
  const recorded = { ...sdk, endpoint: recorder.endpoint }
  const secret = {
    'root secret access key': sdk.credentials.secretAccessKey,
    'master passphrase': passphrase,
    'secret of Secrets Manager': canary('secret'),
    'older secret of Secrets Manager': canary('older-secret'),
    SecureString: canary('secure-string'),
    'plaintext of KMS': canary('kms-plaintext'),
    password: `${canary('password')}A1!`,
    'SSE-C key': createHash('sha256').update(canary('sse-c')).digest('base64'),
    'webhook secret': canary('webhook'),
    'environment of a function': canary('environment'),
  }
  // Plant them, with clients that are not recorded.
  const key = (await new iam.IAMClient(sdk).send(new iam.CreateUserCommand({ UserName: 'u' })),
  await new iam.IAMClient(sdk).send(new iam.CreateAccessKeyCommand({ UserName: 'u' }))).AccessKey
  const session = (await new sts.STSClient(sdk).send(new sts.GetSessionTokenCommand({}))).Credentials
  await new iam.IAMClient(sdk).send(new iam.CreateLoginProfileCommand({ UserName: 'u', Password: secret.password }))
  const manager = new secrets.SecretsManagerClient(sdk)
  await manager.send(
    new secrets.CreateSecretCommand({ Name: 'n', SecretString: secret['older secret of Secrets Manager'] }),
  )
  await manager.send(
    new secrets.PutSecretValueCommand({ SecretId: 'n', SecretString: secret['secret of Secrets Manager'] }),
  )
  const parameters = new ssm.SSMClient(sdk)
  await parameters.send(new ssm.PutParameterCommand({ Name: 'n', Type: 'SecureString', Value: secret.SecureString }))
  const keys = new kms.KMSClient(sdk)
  const KeyId = (await keys.send(new kms.CreateKeyCommand({}))).KeyMetadata?.KeyId ?? ''
  const { CiphertextBlob } = await keys.send(
    new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from(secret['plaintext of KMS']) }),
  )
  const dataKey = await keys.send(new kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
  const objects = new s3.S3Client(sdk)
  await objects.send(new s3.CreateBucketCommand({ Bucket: 'bucket' }))
  const sse = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: secret['SSE-C key'],
    SSECustomerKeyMD5: createHash('md5').update(Buffer.from(secret['SSE-C key'], 'base64')).digest('base64'),
  }
  await objects.send(new s3.PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x', ...sse }))
  const Role = await makeRole(server, 'r')
  const functions = new lambda.LambdaClient(sdk)
  await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: 'n',
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipOf({ 'index.mjs': 'export const handler = () => { throw new Error("fails") }' }) },
      Environment: { Variables: { TOKEN: secret['environment of a function'] } },
    }),
  )
  await functions.send(new lambda.InvokeCommand({ FunctionName: 'n', LogType: 'Tail' }))
  const QueueUrl = (await new sqs.SQSClient(sdk).send(new sqs.CreateQueueCommand({ QueueName: 'n' }))).QueueUrl
  const TopicArn = (await new sns.SNSClient(sdk).send(new sns.CreateTopicCommand({ Name: 'n' }))).TopicArn
  const host = `127.0.0.1:${server.server.port}`
  await plain(
    server.server.port,
    'POST',
    '/_mayfly/webhooks',
    host,
    JSON.stringify({
      name: 'w',
      scheme: 'stripe',
      destination: 'arn:aws:sqs:eu-west-1:000000000000:n',
      secret: secret['webhook secret'],
    }),
  )

  const all: Record<string, string> = {
    ...secret,
    'secret access key': key?.SecretAccessKey ?? '',
    'secret key of a session': session?.SecretAccessKey ?? '',
    'session token': session?.SessionToken ?? '',
    'data key':
      Buffer.from(dataKey.Plaintext ?? [])
        .toString('latin1')
        .slice(0, 0) || Buffer.from(dataKey.Plaintext ?? []).toString('base64'),
  }

  // Ask for everything, recorded.
  const input = {
    UserName: 'u',
    AccessKeyId: key?.AccessKeyId,
    SecretId: 'n',
    Name: 'n',
    Names: ['n'],
    Path: '/',
    KeyId,
    CiphertextBlob,
    FunctionName: 'n',
    RoleName: 'r',
    Bucket: 'bucket',
    Key: 'k',
    QueueUrl,
    TopicArn,
    QueueName: 'n',
    LogGroupName: '/aws/lambda/n',
    logGroupName: '/aws/lambda/n',
    TableName: 't',
    PolicySourceArn: Role,
    ActionNames: ['s3:GetObject'],
    Target: 'n',
    ResourceId: 'n',
    ResourceType: 'Parameter',
    PolicyName: 'may',
    PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    Arn: Role,
    Resource: Role,
    ResourceArn: TopicArn,
    WithDecryption: false,
  }
  const asked = [
    await askEverything(new iam.IAMClient(recorded), iam, input),
    await askEverything(new sts.STSClient(recorded), sts, input),
    await askEverything(new kms.KMSClient(recorded), kms, input),
    await askEverything(new secrets.SecretsManagerClient(recorded), secrets, input),
    await askEverything(new ssm.SSMClient(recorded), ssm, input),
    await askEverything(new s3.S3Client(recorded), s3, input),
    await askEverything(new sqs.SQSClient(recorded), sqs, input),
    await askEverything(new sns.SNSClient(recorded), sns, input),
    await askEverything(new dynamodb.DynamoDBClient(recorded), dynamodb, input),
    await askEverything(new logs.CloudWatchLogsClient(recorded), logs, input),
  ].reduce((sum, one) => sum + one, 0)
  assert.ok(asked > 200, `${asked} operations`)

  // What fails with a secret in hand must not repeat it.
  const failing: readonly Promise<unknown>[] = [
    new secrets.SecretsManagerClient(recorded).send(
      new secrets.CreateSecretCommand({ Name: 'n', SecretString: secret['secret of Secrets Manager'] }),
    ),
    new secrets.SecretsManagerClient(recorded).send(
      new secrets.PutSecretValueCommand({ SecretId: 'gone', SecretString: secret['secret of Secrets Manager'] }),
    ),
    new ssm.SSMClient(recorded).send(
      new ssm.PutParameterCommand({ Name: 'n', Type: 'SecureString', Value: secret.SecureString }),
    ),
    new ssm.SSMClient(recorded).send(
      new ssm.PutParameterCommand({
        Name: 'm',
        Type: 'SecureString',
        Value: secret.SecureString,
        AllowedPattern: '^\\d+$',
      }),
    ),
    new ssm.SSMClient(recorded).send(
      new ssm.PutParameterCommand({ Name: 'n/../x', Type: 'SecureString', Value: secret.SecureString }),
    ),
    new iam.IAMClient(recorded).send(new iam.CreateLoginProfileCommand({ UserName: 'u', Password: secret.password })),
    new iam.IAMClient(recorded).send(
      new iam.UpdateLoginProfileCommand({ UserName: 'gone', Password: secret.password }),
    ),
    new kms.KMSClient(recorded).send(
      new kms.EncryptCommand({ KeyId: 'gone', Plaintext: Buffer.from(secret['plaintext of KMS']) }),
    ),
    new kms.KMSClient(recorded).send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { a: 'b' } })),
    new s3.S3Client(recorded).send(new s3.GetObjectCommand({ Bucket: 'bucket', Key: 'gone', ...sse })),
    new lambda.LambdaClient(recorded).send(
      new lambda.UpdateFunctionConfigurationCommand({
        FunctionName: 'n',
        Environment: { Variables: { '1 bad': secret['environment of a function'] } },
      }),
    ),
    new lambda.LambdaClient(recorded).send(
      new lambda.UpdateFunctionConfigurationCommand({
        FunctionName: 'gone',
        Environment: { Variables: { GOOD: secret['environment of a function'] } },
      }),
    ),
    new sts.STSClient({
      ...recorded,
      credentials: { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: 'wrong', sessionToken: 'x' },
    }).send(new sts.GetCallerIdentityCommand({})),
    new s3.S3Client({ ...recorded, credentials: { ...sdk.credentials, secretAccessKey: 'wrong' } }).send(
      new s3.ListBucketsCommand({}),
    ),
    new sts.STSClient({
      ...recorded,
      credentials: {
        accessKeyId: session?.AccessKeyId ?? '',
        secretAccessKey: session?.SecretAccessKey ?? '',
        sessionToken: 'another',
      },
    }).send(new sts.GetCallerIdentityCommand({})),
  ]
  const outcomes = await Promise.allSettled(failing)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    failing.map(() => 'rejected'),
  )
  const recorderPort = Number(new URL(recorder.endpoint).port)
  for (const path of [
    '/_mayfly/health',
    '/_mayfly/webhooks',
    '/_mayfly/dead-letters',
    '/_mayfly/outbox',
    '/_mayfly/explain/x',
    '/_mayfly/s3/scrub',
    '/_localstack/health',
    '/_mayfly/',
    '/readyz',
  ])
    await plain(recorderPort, 'GET', path, `127.0.0.1:${recorderPort}`)

  // They are told where they should be told.
  const told = await manager.send(new secrets.GetSecretValueCommand({ SecretId: 'n' }))
  assert.equal(told.SecretString, secret['secret of Secrets Manager'])
  assert.ok(recorder.bytes().length > 50_000, 'answers were recorded')
  assertAbsent(all, 'an answer', recorder.bytes())
  assertAbsent(all, 'the log', Buffer.from(lines.join('')))

  await server.server.close(5000)
  const { 'root secret access key': root = '', ...others } = all
  for (const entry of await readdir(server.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const { name } = entry
    const bytes = await readFile(join(entry.parentPath, name))
    const sought = {
      ...others,
      // The file that the root key is given to its owner in.
      ...(name !== 'credentials' && { 'root secret access key': root }),
    }
    assertAbsent(sought, `the file ${name}`, bytes)
  }
})

function plain(port: number, method: string, path: string, host: string, body = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { host, 'content-type': 'application/json' },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve())
    })
    outgoing.end(body)
  })
}
