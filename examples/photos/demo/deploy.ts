// The function and its trigger, with the same calls that would make them on AWS.
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { CreateRoleCommand, type IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, type S3Client } from '@aws-sdk/client-s3'
import { type FunctionPackage, packageFunction } from 'mayfly/packager'
import { fileURLToPath } from 'node:url'

export const BUCKET = 'photos'
export const FUNCTION = 'photos'
const MEMORY_MB = 512
const TIMEOUT_S = 30
const ACTIVE_WITHIN_S = 30

/** One file of code with its source map, and `sharp` with its compiled part beside it, as a zip. */
export function packagePhotos(): Promise<FunctionPackage> {
  return packageFunction(fileURLToPath(new URL('..', import.meta.url)), { name: FUNCTION })
}

/** The role that the function runs with: it reads uploads, writes what it makes, and may nothing else. */
export async function createPhotosRole(iam: IAMClient): Promise<string> {
  const allow = (Action: readonly string[], Resource: string) => ({ Effect: 'Allow', Action, Resource })
  const { Role: role } = await iam.send(
    new CreateRoleCommand({
      RoleName: FUNCTION,
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  )
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: FUNCTION,
      PolicyName: 'photos',
      PolicyDocument: document(
        allow(['s3:GetObject'], `arn:aws:s3:::${BUCKET}/uploads/*`),
        allow(['s3:PutObject'], `arn:aws:s3:::${BUCKET}/thumbs/*`),
      ),
    }),
  )
  if (role?.Arn === undefined) throw new Error('CreateRole answered without an ARN')
  return role.Arn
}

function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** Makes the function and waits until it is active; returns its ARN. */
export async function createPhotosFunction(
  lambda: LambdaClient,
  packed: FunctionPackage,
  role: string,
): Promise<string> {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Runtime: 'nodejs24.x',
      Handler: packed.handler,
      Role: role,
      Code: { ZipFile: packed.zip },
      MemorySize: MEMORY_MB,
      Timeout: TIMEOUT_S,
    }),
  )
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: ACTIVE_WITHIN_S }, { FunctionName: FUNCTION })
  if (FunctionArn === undefined) throw new Error('CreateFunction answered without an ARN')
  return FunctionArn
}

/** A bucket whose uploads start the function. */
export async function createTrigger(s3: S3Client, lambda: LambdaClient, functionArn: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: FUNCTION,
      StatementId: 'uploads',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${BUCKET}`,
      SourceAccount: '000000000000',
    }),
  )
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: BUCKET,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          {
            Id: 'uploads',
            LambdaFunctionArn: functionArn,
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'uploads/' }] } },
          },
        ],
      },
    }),
  )
}
