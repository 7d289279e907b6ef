// GetLoginProfile: whether a user has a password.
import { USER, requireCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const getLoginProfile: IamOperation<'GetLoginProfile'> = async (deps, input, { account }) => {
  const user = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
  if (user.login === undefined) throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`)
  const { createdMs, resetRequired } = user.login
  return {
    LoginProfile: { UserName: user.name, CreateDate: new Date(createdMs), PasswordResetRequired: resetRequired },
  }
}
