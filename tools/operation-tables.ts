// The operation tables of all services that have one: what documents and tests about every operation are made from.
import type { ServiceId } from '../server/src/protocol/services.ts'
import { cloudTrailOperations } from '../server/src/services/cloudtrail/service.ts'
import { cloudWatchLogsOperations } from '../server/src/services/cloudwatch-logs/service.ts'
import { unbuiltOfLogs } from '../server/src/services/cloudwatch-logs/unbuilt.ts'
import { dynamodbOperations } from '../server/src/services/dynamodb/service.ts'
import { unbuiltOfDynamo } from '../server/src/services/dynamodb/unbuilt.ts'
import { dynamoStreamsOperations } from '../server/src/services/dynamodb/streams/service.ts'
import { eventBridgeOperations } from '../server/src/services/eventbridge/service.ts'
import { iamOperations } from '../server/src/services/iam/service.ts'
import { unbuiltOfIam } from '../server/src/services/iam/unbuilt.ts'
import { kmsOperations } from '../server/src/services/kms/service.ts'
import { unbuiltOfKms } from '../server/src/services/kms/unbuilt.ts'
import { lambdaOperations } from '../server/src/services/lambda/service.ts'
import { s3Operations } from '../server/src/services/s3/service.ts'
import { secretsManagerOperations } from '../server/src/services/secrets-manager/service.ts'
import { unbuiltOfSecretsManager } from '../server/src/services/secrets-manager/unbuilt.ts'
import { snsOperations } from '../server/src/services/sns/service.ts'
import { sqsOperations } from '../server/src/services/sqs/service.ts'
import { ssmOperations } from '../server/src/services/ssm/service.ts'
import { stsOperations } from '../server/src/services/sts/service.ts'
import { unbuiltOfSts } from '../server/src/services/sts/unbuilt.ts'

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

/** Members of built operations that are refused, by service and operation; `Member=value`: all but this value. */
export const UNBUILT_MEMBERS: Partial<Record<ServiceId, Readonly<Record<string, readonly string[] | undefined>>>> = {
  'cloudwatch-logs': unbuiltOfLogs.members,
  dynamodb: unbuiltOfDynamo.members,
  iam: unbuiltOfIam.members,
  kms: unbuiltOfKms.members,
  'secrets-manager': unbuiltOfSecretsManager.members,
  sts: unbuiltOfSts.members,
}
