import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { invalid } from '../errors.ts'
import { changeDestinations, precisionOf } from '../kinesis.ts'

const DESTINATIONS_MAX = 2

export const enableKinesisStreamingDestination: DynamoOperation<'EnableKinesisStreamingDestination'> = async (
  deps,
  input,
  context,
) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const precision = precisionOf(input.EnableKinesisStreamingConfiguration?.ApproximateCreationDateTimePrecision)
  const streamArn = input.StreamArn
  await changeDestinations(deps, place, streamArn, (destinations, arn) => {
    const active = destinations.filter(({ status }) => status === 'ACTIVE')
    if (active.some((destination) => destination.streamArn === arn))
      throw invalid(`Table is not in a valid state to enable Kinesis Streaming Destination: ${arn}`)
    if (active.length >= DESTINATIONS_MAX)
      throw invalid(`A table can have at most ${DESTINATIONS_MAX} active Kinesis Streaming Destinations`)
    return [
      ...destinations.filter((destination) => destination.streamArn !== arn),
      { streamArn: arn, status: 'ACTIVE', precision },
    ]
  })
  return {
    TableName: place.name,
    StreamArn: streamArn,
    DestinationStatus: 'ENABLING',
    EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
  }
}
