// The operation tables of all services that have one: what documents and tests about every operation are made from.
import type { ServiceId } from '../server/src/protocol/services.ts'
import { cloudTrailOperations } from '../server/src/services/cloudtrail/service.ts'
import { cloudWatchLogsOperations } from '../server/src/services/cloudwatch-logs/service.ts'
import { dynamodbOperations } from '../server/src/services/dynamodb/service.ts'
import { dynamoStreamsOperations } from '../server/src/services/dynamodb/streams/service.ts'
import { eventBridgeOperations } from '../server/src/services/eventbridge/service.ts'
import { iamOperations } from '../server/src/services/iam/service.ts'
import { kmsOperations } from '../server/src/services/kms/service.ts'
import { lambdaOperations } from '../server/src/services/lambda/service.ts'
import { s3Operations } from '../server/src/services/s3/service.ts'
import { secretsManagerOperations } from '../server/src/services/secrets-manager/service.ts'
import { snsOperations } from '../server/src/services/sns/service.ts'
import { sqsOperations } from '../server/src/services/sqs/service.ts'
import { ssmOperations } from '../server/src/services/ssm/service.ts'
import { stsOperations } from '../server/src/services/sts/service.ts'

export interface OperationFacts {
  readonly handle: unknown
  /** IAM action. */
  readonly action: string
}

export const OPERATION_TABLES: Partial<Record<ServiceId, Readonly<Record<string, OperationFacts>>>> = {
  cloudtrail: cloudTrailOperations,
  'cloudwatch-logs': cloudWatchLogsOperations,
  dynamodb: dynamodbOperations,
  'dynamodb-streams': dynamoStreamsOperations,
  eventbridge: eventBridgeOperations,
  iam: iamOperations,
  kms: kmsOperations,
  lambda: lambdaOperations,
  s3: s3Operations,
  'secrets-manager': secretsManagerOperations,
  sns: snsOperations,
  sqs: sqsOperations,
  ssm: ssmOperations,
  sts: stsOperations,
}
