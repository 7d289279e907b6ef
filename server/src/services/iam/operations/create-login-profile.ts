// CreateLoginProfile: a password for a user.
import { readAccount } from '../account.ts'
import { USER, changeCarrier } from '../carriers.ts'
import { alreadyExists } from '../errors.ts'
import { checkPassword, newLogin } from '../login.ts'
import type { IamOperation } from '../model.ts'

export const createLoginProfile: IamOperation<'CreateLoginProfile'> = async (deps, input, { account }) => {
  const { PasswordResetRequired: resetRequired = false } = input
  const policy = (await readAccount(deps, account)).passwordPolicy
  const login = newLogin(checkPassword(input.Password, policy), resetRequired, deps.clock.nowMs())
  const user = await changeCarrier(deps, USER, account, input.UserName, (record) => {
    if (record.login !== undefined) throw alreadyExists(`Login Profile for user ${record.name} already exists.`)
    return { ...record, login }
  })
  return {
    LoginProfile: { UserName: user.name, CreateDate: new Date(login.createdMs), PasswordResetRequired: resetRequired },
  }
}
