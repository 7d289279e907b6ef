import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { noTable } from '../errors.ts'

export const describeKinesisStreamingDestination: DynamoOperation<'DescribeKinesisStreamingDestination'> = async (
  { tables },
  input,
  context,
) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const table = await tables.find(place)
  if (table === undefined) throw noTable(place.name)
  return {
    TableName: place.name,
    KinesisDataStreamDestinations: (table.record.kinesis ?? []).map(({ streamArn, status, precision }) => ({
      StreamArn: streamArn,
      DestinationStatus: status,
      ApproximateCreationDateTimePrecision: precision,
    })),
  }
}
