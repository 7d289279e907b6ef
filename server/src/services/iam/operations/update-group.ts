// UpdateGroup: renames a group or moves it to another path; its members stay.
import { Constraints } from '../constraints.ts'
import { renameGroup } from '../entities.ts'
import type { IamOperation } from '../model.ts'

export const updateGroup: IamOperation<'UpdateGroup'> = async (deps, input, { account }) => {
  new Constraints().name('newGroupName', input.NewGroupName, 'group').path('newPath', input.NewPath).check()
  await deps.identity.directory.change((transaction) =>
    renameGroup(transaction, account, input.GroupName, { name: input.NewGroupName, path: input.NewPath }),
  )
  return {}
}
