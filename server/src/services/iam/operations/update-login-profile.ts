// UpdateLoginProfile: another password for a user.
import { readAccount } from '../account.ts'
import { USER, changeCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import { checkPassword, newLogin } from '../login.ts'
import type { IamOperation } from '../model.ts'

export const updateLoginProfile: IamOperation<'UpdateLoginProfile'> = async (deps, input, { account }) => {
  const policy = (await readAccount(deps, account)).passwordPolicy
  await changeCarrier(deps, USER, account, input.UserName, (record) => {
    if (record.login === undefined) throw noSuchEntity(`Login Profile for User ${record.name} cannot be found.`)
    const resetRequired = input.PasswordResetRequired ?? record.login.resetRequired
    const login =
      input.Password === undefined
        ? { ...record.login, resetRequired }
        : newLogin(checkPassword(input.Password, policy), resetRequired, record.login.createdMs)
    return { ...record, login }
  })
  return {}
}
