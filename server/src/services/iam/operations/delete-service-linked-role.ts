// DeleteServiceLinkedRole: gives the role of a service up; it is gone when this answers.
import { newRequestId } from '#base/ids.ts'
import { iamArn, nameKey, roles } from '#identity/directory/records.ts'
import { ROLE, requireCarrier } from '../carriers.ts'
import { required } from '../constraints.ts'
import { invalidInput } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteServiceLinkedRole: IamOperation<'DeleteServiceLinkedRole'> = async (deps, input, { account }) => {
  const name = required(input.RoleName, 'roleName')
  await deps.identity.directory.change(async (transaction) => {
    const role = await requireCarrier(transaction, ROLE, account, name)
    if (role.serviceLinked === undefined) throw invalidInput(`${name} is not a service-linked role.`)
    await roles.delete(transaction, nameKey(account, name))
  })
  return {
    DeletionTaskId: `task${iamArn('role', { account, path: '/', name }).slice('arn:aws:iam::'.length + 17)}/${newRequestId()}`,
  }
}
