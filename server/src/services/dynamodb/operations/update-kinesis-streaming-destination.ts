import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { changeDestinations, precisionOf, requireActive } from '../kinesis.ts'

export const updateKinesisStreamingDestination: DynamoOperation<'UpdateKinesisStreamingDestination'> = async (
  deps,
  input,
  context,
) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const precision = precisionOf(input.UpdateKinesisStreamingConfiguration?.ApproximateCreationDateTimePrecision)
  await changeDestinations(deps, place, input.StreamArn, (destinations, arn) => {
    const active = requireActive(destinations, arn)
    return destinations.map((one) => (one === active ? { ...one, precision } : one))
  })
  return {
    TableName: place.name,
    StreamArn: input.StreamArn,
    DestinationStatus: 'UPDATING',
    UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
  }
}
