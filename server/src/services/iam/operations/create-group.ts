// CreateGroup: a group without members.
import { newUniqueId } from '#base/ids.ts'
import { type GroupRecord, groups, nameKey } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { showGroup } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const createGroup: IamOperation<'CreateGroup'> = async (deps, input, { account }) => {
  const name = required(input.GroupName, 'groupName')
  new Constraints().name('groupName', name, 'group').path('path', input.Path).check()
  const group = await deps.identity.directory.change(async (transaction) => {
    if ((await groups.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`Group with name ${name} already exists.`)
    const record: GroupRecord = {
      account,
      name,
      path: input.Path ?? '/',
      id: newUniqueId('AGPA'),
      createdMs: deps.clock.nowMs(),
      inline: {},
      attached: [],
    }
    await groups.set(transaction, nameKey(account, name), record)
    return record
  })
  return { Group: showGroup(group) }
}
