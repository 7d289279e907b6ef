// CreateInstanceProfile: an instance profile without a role.
import { newUniqueId } from '#base/ids.ts'
import { instanceProfiles, nameKey } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { readTags } from '../tags.ts'
import { showInstanceProfile } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const createInstanceProfile: IamOperation<'CreateInstanceProfile'> = async (deps, input, { account }) => {
  const name = required(input.InstanceProfileName, 'instanceProfileName')
  new Constraints().name('instanceProfileName', name, 'profile').path('path', input.Path).check()
  const tags = readTags(input.Tags)
  const profile = await deps.identity.directory.change(async (transaction) => {
    if ((await instanceProfiles.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`Instance Profile ${name} already exists.`)
    const record = {
      account,
      name,
      path: input.Path ?? '/',
      id: newUniqueId('AIPA'),
      createdMs: deps.clock.nowMs(),
      tags,
    }
    await instanceProfiles.set(transaction, nameKey(account, name), record)
    return record
  })
  return { InstanceProfile: await showInstanceProfile(deps.identity.directory.store, profile) }
}
