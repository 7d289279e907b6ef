// The errors of DynamoDB Streams: code and message as the service words them.
import { AwsError } from '#protocol/errors.ts'

export function noStream(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `Requested resource not found: Stream: ${arn} not found`)
}

export function noShard(id: string): AwsError {
  return new AwsError('ResourceNotFoundException', 400, `Requested resource not found: Shard: ${id} not found`)
}

export function expiredIterator(): AwsError {
  return new AwsError(
    'ExpiredIteratorException',
    400,
    'Shard iterator has expired. You need to request a new shard iterator',
  )
}

export function trimmed(): AwsError {
  return new AwsError(
    'TrimmedDataAccessException',
    400,
    'The operation attempted to read past the oldest stream record in a shard.',
  )
}
