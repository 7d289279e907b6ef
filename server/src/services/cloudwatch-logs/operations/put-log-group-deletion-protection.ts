import { Constraints } from '../constraints.ts'
import { noSuchGroup } from '../errors.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfIdentifier, groupRef } from '../names.ts'

export const putLogGroupDeletionProtection: LogsOperation<'PutLogGroupDeletionProtection'> = async (
  { logs },
  { logGroupIdentifier, deletionProtectionEnabled },
  context,
) => {
  new Constraints().groupIdentifier('logGroupIdentifier', logGroupIdentifier).check()
  const name = groupOfIdentifier(context, logGroupIdentifier)
  const outcome = await logs.updateGroup(groupRef(context, name), () => ({
    deletionProtected: deletionProtectionEnabled ?? false,
  }))
  if (outcome === 'missing') throw noSuchGroup()
  return {}
}
