import { Constraints } from '../constraints.ts'
import { deletionProtected, noSuchGroup } from '../errors.ts'
import type { LogsOperation } from '../model.ts'
import { groupRef } from '../names.ts'

export const deleteLogGroup: LogsOperation<'DeleteLogGroup'> = async ({ logs }, { logGroupName }, context) => {
  new Constraints().groupName('logGroupName', logGroupName).check()
  const outcome = await logs.deleteGroup(groupRef(context, logGroupName))
  if (outcome === 'missing') throw noSuchGroup()
  if (outcome === 'protected') throw deletionProtected()
  return {}
}
