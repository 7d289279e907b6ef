// UpdateUser: renames a user or moves it to another path; its keys, policies and groups stay.
import { Constraints } from '../constraints.ts'
import { renameUser } from '../entities.ts'
import type { IamOperation } from '../model.ts'

export const updateUser: IamOperation<'UpdateUser'> = async (deps, input, { account }) => {
  new Constraints().name('newUserName', input.NewUserName, 'user').path('newPath', input.NewPath).check()
  await deps.identity.directory.change((transaction) =>
    renameUser(transaction, account, input.UserName, { name: input.NewUserName, path: input.NewPath }),
  )
  return {}
}
