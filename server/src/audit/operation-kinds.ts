// Which calls are management and which are data, and which change nothing. Sources: the "Logging ... API calls using AWS
// CloudTrail" page of each service, and the access levels of the service authorization reference.
import type { ServiceId } from '#protocol/services.ts'

/** `management` is recorded always, `data` where a trail asks for it. */
export type OperationKind = 'management' | 'data'

const DATA: Readonly<Partial<Record<ServiceId, ReadonlySet<string>>>> = {
  s3: new Set([
    'AbortMultipartUpload',
    'CompleteMultipartUpload',
    'CopyObject',
    'CreateMultipartUpload',
    'CreateSession',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteObjects',
    'GetObject',
    'GetObjectAcl',
    'GetObjectAttributes',
    'GetObjectLegalHold',
    'GetObjectRetention',
    'GetObjectTagging',
    'GetObjectTorrent',
    'HeadBucket',
    'HeadObject',
    'ListMultipartUploads',
    'ListObjectVersions',
    'ListObjects',
    'ListObjectsV2',
    'ListParts',
    'PutObject',
    'PutObjectAcl',
    'PutObjectLegalHold',
    'PutObjectRetention',
    'PutObjectTagging',
    'RenameObject',
    'RestoreObject',
    'SelectObjectContent',
    'UploadPart',
    'UploadPartCopy',
    'WriteGetObjectResponse',
  ]),
  lambda: new Set([
    'CheckpointDurableExecution',
    'GetDurableExecutionState',
    'Invoke',
    'InvokeAsync',
    'InvokeFunctionUrl',
    'InvokeWithResponseStream',
  ]),
  dynamodb: new Set([
    'BatchExecuteStatement',
    'BatchGetItem',
    'BatchWriteItem',
    'DeleteItem',
    'ExecuteStatement',
    'ExecuteTransaction',
    'GetItem',
    'PutItem',
    'Query',
    'Scan',
    'TransactGetItems',
    'TransactWriteItems',
    'UpdateItem',
  ]),
  'dynamodb-streams': new Set(['GetRecords', 'GetShardIterator']),
  sqs: new Set([
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
    'DeleteMessage',
    'DeleteMessageBatch',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ListDeadLetterSourceQueues',
    'ListQueueTags',
    'ListQueues',
    'ReceiveMessage',
    'SendMessage',
    'SendMessageBatch',
  ]),
  sns: new Set(['Publish', 'PublishBatch']),
  'cloudwatch-logs': new Set([
    'FilterLogEvents',
    'GetLogEvents',
    'GetLogGroupFields',
    'GetLogRecord',
    'GetQueryResults',
    'PutLogEvents',
    'StartLiveTail',
  ]),
  kinesis: new Set(['GetRecords', 'GetShardIterator', 'PutRecord', 'PutRecords', 'SubscribeToShard']),
  firehose: new Set(['PutRecord', 'PutRecordBatch']),
  eventbridge: new Set(['PutEvents']),
  cloudwatch: new Set(['GetMetricData', 'GetMetricStatistics', 'GetMetricWidgetImage', 'ListMetrics', 'PutMetricData']),
  sfn: new Set(['GetActivityTask', 'InvokeHTTPEndpoint', 'SendTaskFailure', 'SendTaskHeartbeat', 'SendTaskSuccess']),
  xray: new Set(['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments']),
  apigatewaymanagementapi: new Set(['DeleteConnection', 'GetConnection', 'PostToConnection']),
  'iot-data-plane': new Set(['DeleteThingShadow', 'GetThingShadow', 'Publish', 'UpdateThingShadow']),
}

/** Read only by their access level, though their names do not say so. */
const READ_ONLY: Readonly<Partial<Record<ServiceId, ReadonlySet<string>>>> = {
  kms: new Set([
    'Decrypt',
    'DeriveSharedSecret',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateMac',
    'GenerateRandom',
    'ReEncrypt',
    'Sign',
    'Verify',
    'VerifyMac',
  ]),
  sts: new Set([
    'AssumeRole',
    'AssumeRoleWithSAML',
    'AssumeRoleWithWebIdentity',
    'AssumeRoot',
    'DecodeAuthorizationMessage',
  ]),
  iam: new Set([
    'GenerateCredentialReport',
    'GenerateServiceLastAccessedDetails',
    'SimulateCustomPolicy',
    'SimulatePrincipalPolicy',
  ]),
  dynamodb: new Set(['BatchGetItem', 'TransactGetItems']),
  'cloudwatch-logs': new Set(['FilterLogEvents', 'StartLiveTail', 'StartQuery', 'StopQuery', 'TestMetricFilter']),
  'secrets-manager': new Set(['BatchGetSecretValue', 'ValidateResourcePolicy']),
}
const READ_ONLY_NAME = /^(?:Get|List|Describe|Head|Lookup|Search|Query|Scan|Select)/

/** `management` for what is in no list, so that nothing new goes unrecorded. */
export function kindOf(service: ServiceId, operation: string): OperationKind {
  return DATA[service]?.has(operation) === true ? 'data' : 'management'
}

export function isReadOnly(service: ServiceId, operation: string): boolean {
  return READ_ONLY_NAME.test(operation) || READ_ONLY[service]?.has(operation) === true
}

/** Services of the whole account: their records are in this region. Source: "About global service events". */
export const GLOBAL_REGION = 'us-east-1'
const GLOBAL: ReadonlySet<ServiceId> = new Set<ServiceId>(['iam'])

/** The region that a record names. STS is of the region that was called. */
export function regionOfRecord(service: ServiceId, region: string): string {
  return GLOBAL.has(service) ? GLOBAL_REGION : region
}

export function isGlobal(service: ServiceId): boolean {
  return GLOBAL.has(service)
}
