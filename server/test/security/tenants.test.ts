// A stranger is told the same of what is another account's and of what is not there: by code, status and text.
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
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRole, openServer, REGION } from '../conformance/server-kit.ts'
import { zipOf } from '../lambda/zip-file.ts'

const OWNER = '111111111111'
const STRANGER = '222222222222'
/** Names of the same length, so that they can be taken out of texts. */
const THERE = 'thing-there'
const GONE = 'thing-gone0'

async function told(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no error'
  } catch (error) {
    const { name, message, $metadata } = error as {
      name: string
      message: string
      $metadata?: { httpStatusCode?: number }
    }
    return `${$metadata?.httpStatusCode} ${name}: ${message}`
      .replaceAll(new RegExp(`${THERE}|${GONE}`, 'g'), 'NAME')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
  }
}

test('forbidden and absent look alike to another account', async () => {
  await using server = await openServer({ mode: 'dev', enforce: true, readyCells: {} })
  const as = (account: string) => ({ ...server.sdk, credentials: { accessKeyId: account, secretAccessKey: 'x' } })
  const owner = as(OWNER)
  const stranger = as(STRANGER)
  await new s3.S3Client(owner).send(new s3.CreateBucketCommand({ Bucket: THERE }))
  await new s3.S3Client(owner).send(new s3.PutObjectCommand({ Bucket: THERE, Key: THERE, Body: 'x' }))
  await new sqs.SQSClient(owner).send(new sqs.CreateQueueCommand({ QueueName: THERE }))
  await new sns.SNSClient(owner).send(new sns.CreateTopicCommand({ Name: THERE }))
  await new secrets.SecretsManagerClient(owner).send(
    new secrets.CreateSecretCommand({ Name: THERE, SecretString: 'x' }),
  )
  await new ssm.SSMClient(owner).send(new ssm.PutParameterCommand({ Name: THERE, Value: 'x', Type: 'String' }))
  await new logs.CloudWatchLogsClient(owner).send(new logs.CreateLogGroupCommand({ logGroupName: THERE }))
  const { KeyMetadata } = await new kms.KMSClient(owner).send(new kms.CreateKeyCommand({}))
  await new dynamodb.DynamoDBClient(owner).send(
    new dynamodb.CreateTableCommand({
      TableName: THERE,
      AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  await new lambda.LambdaClient(owner).send(
    new lambda.CreateFunctionCommand({
      FunctionName: THERE,
      Role: await makeRole({ sdk: owner }, THERE),
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipOf({ 'index.mjs': 'export const handler = () => 1' }) },
    }),
  )
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${OWNER}:${rest}`
  const url = (name: string): string => `${server.endpoint}/${OWNER}/${name}`
  const s3Client = new s3.S3Client(stranger)
  const sqsClient = new sqs.SQSClient(stranger)
  const snsClient = new sns.SNSClient(stranger)
  const dynamodbClient = new dynamodb.DynamoDBClient(stranger)
  const lambdaClient = new lambda.LambdaClient(stranger)
  const kmsClient = new kms.KMSClient(stranger)
  const secretsClient = new secrets.SecretsManagerClient(stranger)
  const ssmClient = new ssm.SSMClient(stranger)
  const logsClient = new logs.CloudWatchLogsClient(stranger)
  const key = (name: string): string =>
    name === THERE ? (KeyMetadata?.Arn ?? '') : arn('kms', 'key/00000000-0000-4000-8000-000000000000')
  const calls: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
    // Names of buckets are everybody's: whether one is there, AWS tells. What is in it, it does not.
    GetObject: (name) => s3Client.send(new s3.GetObjectCommand({ Bucket: THERE, Key: name })),
    HeadObject: (name) => s3Client.send(new s3.HeadObjectCommand({ Bucket: THERE, Key: name })),
    PutObject: (name) => s3Client.send(new s3.PutObjectCommand({ Bucket: THERE, Key: name, Body: 'y' })),
    DeleteObject: (name) => s3Client.send(new s3.DeleteObjectCommand({ Bucket: THERE, Key: name })),
    CopyObject: (name) =>
      s3Client.send(new s3.CopyObjectCommand({ Bucket: THERE, Key: 'copy', CopySource: `${THERE}/${name}` })),
    SendMessage: (name) => sqsClient.send(new sqs.SendMessageCommand({ QueueUrl: url(name), MessageBody: 'x' })),
    ReceiveMessage: (name) => sqsClient.send(new sqs.ReceiveMessageCommand({ QueueUrl: url(name) })),
    GetQueueAttributes: (name) => sqsClient.send(new sqs.GetQueueAttributesCommand({ QueueUrl: url(name) })),
    DeleteQueue: (name) => sqsClient.send(new sqs.DeleteQueueCommand({ QueueUrl: url(name) })),
    Publish: (name) => snsClient.send(new sns.PublishCommand({ TopicArn: arn('sns', name), Message: 'x' })),
    GetTopicAttributes: (name) => snsClient.send(new sns.GetTopicAttributesCommand({ TopicArn: arn('sns', name) })),
    GetItem: (name) =>
      dynamodbClient.send(
        new dynamodb.GetItemCommand({ TableName: arn('dynamodb', `table/${name}`), Key: { k: { S: 'x' } } }),
      ),
    PutItem: (name) =>
      dynamodbClient.send(
        new dynamodb.PutItemCommand({ TableName: arn('dynamodb', `table/${name}`), Item: { k: { S: 'x' } } }),
      ),
    DescribeTable: (name) =>
      dynamodbClient.send(new dynamodb.DescribeTableCommand({ TableName: arn('dynamodb', `table/${name}`) })),
    Invoke: (name) => lambdaClient.send(new lambda.InvokeCommand({ FunctionName: arn('lambda', `function:${name}`) })),
    GetFunction: (name) =>
      lambdaClient.send(new lambda.GetFunctionCommand({ FunctionName: arn('lambda', `function:${name}`) })),
    UpdateFunctionConfiguration: (name) =>
      lambdaClient.send(
        new lambda.UpdateFunctionConfigurationCommand({ FunctionName: arn('lambda', `function:${name}`), Timeout: 3 }),
      ),
    DescribeKey: (name) => kmsClient.send(new kms.DescribeKeyCommand({ KeyId: key(name) })),
    Encrypt: (name) => kmsClient.send(new kms.EncryptCommand({ KeyId: key(name), Plaintext: Buffer.from('x') })),
    GetSecretValue: (name) =>
      secretsClient.send(new secrets.GetSecretValueCommand({ SecretId: arn('secretsmanager', `secret:${name}`) })),
    DescribeSecret: (name) =>
      secretsClient.send(new secrets.DescribeSecretCommand({ SecretId: arn('secretsmanager', `secret:${name}`) })),
    GetParameter: (name) => ssmClient.send(new ssm.GetParameterCommand({ Name: arn('ssm', `parameter/${name}`) })),
    ListTagsForResource: (name) =>
      logsClient.send(new logs.ListTagsForResourceCommand({ resourceArn: arn('logs', `log-group:${name}`) })),
    FilterLogEvents: (name) =>
      logsClient.send(new logs.FilterLogEventsCommand({ logGroupIdentifier: arn('logs', `log-group:${name}`) })),
  }
  const wrong: string[] = []
  for (const [operation, call] of Object.entries(calls)) {
    const there = await told(call(THERE))
    const gone = await told(call(GONE))
    if (there !== gone || there === 'no error') wrong.push(`${operation}: "${there}" and "${gone}"`)
  }
  // The same for a user without permissions in the owner's own account.
  const users = new iam.IAMClient(owner)
  await users.send(new iam.CreateUserCommand({ UserName: 'nobody' }))
  assert.deepEqual(wrong, [])
})
