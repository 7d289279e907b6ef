import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { changeDestinations, requireActive } from '../kinesis.ts'

export const disableKinesisStreamingDestination: DynamoOperation<'DisableKinesisStreamingDestination'> = async (
  deps,
  input,
  context,
) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  await changeDestinations(deps, place, input.StreamArn, (destinations, arn) => {
    const active = requireActive(destinations, arn)
    return destinations.map((one) => (one === active ? { ...one, status: 'DISABLED' } : one))
  })
  return { TableName: place.name, StreamArn: input.StreamArn, DestinationStatus: 'DISABLING' }
}
