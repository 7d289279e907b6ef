// The operation table of DynamoDB Streams, and the service made from it. Actions and resources: service authorization
// reference, "Actions, resources, and condition keys for Amazon DynamoDB".
import { bindService, type OperationTable, type RequestContext, type Service } from '#protocol/operation.ts'
import type { StreamsDeps, StreamsModule } from './deps.ts'
import { describeStream } from './operations/describe-stream.ts'
import { getRecords } from './operations/get-records.ts'
import { getShardIterator } from './operations/get-shard-iterator.ts'
import { listStreams } from './operations/list-streams.ts'

const stream = ({ StreamArn }: { readonly StreamArn: string | undefined }): string => StreamArn ?? '*'
const streamOfIterator = ({ ShardIterator }: { readonly ShardIterator: string | undefined }): string =>
  ShardIterator?.split('|', 1)[0] ?? '*'
const everyStream = (
  { TableName }: { readonly TableName?: string | undefined },
  { region, account }: RequestContext,
): string => `arn:aws:dynamodb:${region}:${account}:table/${TableName ?? '*'}/stream/*`

export const dynamoStreamsOperations: OperationTable<StreamsDeps, StreamsModule> = {
  DescribeStream: { handle: describeStream, action: 'dynamodb:DescribeStream', resource: stream },
  GetRecords: { handle: getRecords, action: 'dynamodb:GetRecords', resource: streamOfIterator },
  GetShardIterator: { handle: getShardIterator, action: 'dynamodb:GetShardIterator', resource: stream },
  ListStreams: { handle: listStreams, action: 'dynamodb:ListStreams', resource: everyStream },
}

/** The service `dynamodb-streams`. The policies on streams are kept with their tables. */
export function createDynamoStreamsService(
  deps: StreamsDeps,
  resourcePolicies: NonNullable<Service['resourcePolicies']>,
): Service {
  return { ...bindService('dynamodb-streams', dynamoStreamsOperations, deps), resourcePolicies }
}
