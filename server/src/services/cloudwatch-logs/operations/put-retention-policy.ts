import { Constraints } from '../constraints.ts'
import { noSuchGroup } from '../errors.ts'
import { RETENTION_DAYS } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupRef } from '../names.ts'

export const putRetentionPolicy: LogsOperation<'PutRetentionPolicy'> = async ({ logs }, input, context) => {
  const { logGroupName, retentionInDays } = input
  new Constraints()
    .groupName('logGroupName', logGroupName)
    .oneOf('retentionInDays', retentionInDays?.toString(), RETENTION_DAYS.map(String))
    .check()
  const outcome = await logs.updateGroup(groupRef(context, logGroupName), () => ({
    retentionDays: retentionInDays,
  }))
  if (outcome === 'missing') throw noSuchGroup()
  return {}
}
