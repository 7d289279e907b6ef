import { Constraints } from '../constraints.ts'
import { noSuchGroup } from '../errors.ts'
import type { LogsOperation } from '../model.ts'
import { groupRef } from '../names.ts'

export const deleteRetentionPolicy: LogsOperation<'DeleteRetentionPolicy'> = async ({ logs }, input, context) => {
  const { logGroupName } = input
  new Constraints().groupName('logGroupName', logGroupName).check()
  const outcome = await logs.updateGroup(groupRef(context, logGroupName), () => ({ retentionDays: undefined }))
  if (outcome === 'missing') throw noSuchGroup()
  return {}
}
