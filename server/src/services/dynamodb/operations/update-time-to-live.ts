import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { invalid } from '../errors.ts'
import { SPACE_PREFIX } from '../table-record.ts'
import { newSpace } from '../tables.ts'

export const updateTimeToLive: DynamoOperation<'UpdateTimeToLive'> = async ({ tables, jobs }, input, context) => {
  const { AttributeName: attribute, Enabled: isEnabled } = input.TimeToLiveSpecification
  new Constraints()
    .tableName('tableName', input.TableName)
    .length('timeToLiveSpecification.attributeName', attribute, { min: 1, max: 255 })
    .check()
  const place = tablePlace(input.TableName, context)
  await tables.update(place, (record, transaction) => {
    const { timeToLive, ...plain } = record
    if (!isEnabled) {
      if (timeToLive === undefined) throw invalid('TimeToLive is already disabled')
      if (timeToLive.attribute !== attribute)
        throw invalid(
          `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive.attribute}`,
        )
      jobs.add(transaction, { kind: 'clear', prefix: [SPACE_PREFIX, timeToLive.space] })
      return plain
    }
    if (timeToLive !== undefined) {
      if (timeToLive.attribute === attribute) throw invalid('TimeToLive is already enabled')
      throw invalid(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive.attribute}`,
      )
    }
    const space = newSpace()
    jobs.add(transaction, { kind: 'fill', table: place, tableId: record.id, space })
    return { ...plain, timeToLive: { attribute: attribute ?? '', space, phase: 'building' } }
  })
  jobs.wake()
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: isEnabled } }
}
