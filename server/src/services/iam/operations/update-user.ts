// UpdateUser: renames a user or moves it to another path; its keys, policies and groups stay.
import { USER, requireCarrier } from '../carriers.ts'
import { Constraints } from '../constraints.ts'
import { renameUser, requireMayMove } from '../entities.ts'
import type { IamOperation } from '../model.ts'

export const updateUser: IamOperation<'UpdateUser'> = async (deps, input, context) => {
  const { account } = context
  const place = { name: input.NewUserName, path: input.NewPath }
  new Constraints().name('newUserName', input.NewUserName, 'user').path('newPath', input.NewPath).check()
  const record = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
  await requireMayMove(deps, context, 'user', record, place)
  await deps.identity.directory.change((transaction) => renameUser(transaction, account, input.UserName, place))
  return {}
}
