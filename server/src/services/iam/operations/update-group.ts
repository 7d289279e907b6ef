// UpdateGroup: renames a group or moves it to another path; its members stay.
import { GROUP, requireCarrier } from '../carriers.ts'
import { Constraints } from '../constraints.ts'
import { renameGroup, requireMayMove } from '../entities.ts'
import type { IamOperation } from '../model.ts'

export const updateGroup: IamOperation<'UpdateGroup'> = async (deps, input, context) => {
  const { account } = context
  const place = { name: input.NewGroupName, path: input.NewPath }
  new Constraints().name('newGroupName', input.NewGroupName, 'group').path('newPath', input.NewPath).check()
  const record = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
  await requireMayMove(deps, context, 'group', record, place)
  await renameGroup(deps.identity.directory, account, input.GroupName, place)
  return {}
}
