// DeleteLoginProfile: takes the password from a user.
import { USER, changeCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteLoginProfile: IamOperation<'DeleteLoginProfile'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, ({ login, ...record }) => {
    if (login === undefined) throw noSuchEntity(`Login Profile for User ${record.name} cannot be found.`)
    return record
  })
  return {}
}
