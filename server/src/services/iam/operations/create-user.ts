// CreateUser: a user without any permission.
import { newUniqueId } from '#base/ids.ts'
import { type UserRecord, nameKey, users } from '#identity/directory/records.ts'
import { withBoundary } from '../carriers.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { readTags } from '../tags.ts'
import { showUser } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const createUser: IamOperation<'CreateUser'> = async (deps, input, { account }) => {
  const name = required(input.UserName, 'userName')
  new Constraints().name('userName', name, 'user').path('path', input.Path).check()
  const tags = readTags(input.Tags)
  const user = await deps.identity.directory.change(async (transaction) => {
    if ((await users.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`User with name ${name} already exists.`)
    const plain: UserRecord = {
      account,
      name,
      path: input.Path ?? '/',
      id: newUniqueId('AIDA'),
      createdMs: deps.clock.nowMs(),
      inline: {},
      attached: [],
      tags,
      groups: [],
    }
    const record = await withBoundary(plain, transaction, input.PermissionsBoundary)
    await users.set(transaction, nameKey(account, name), record)
    return record
  })
  return { User: showUser(user) }
}
