// ChangePassword: the own password of the calling user.
import { userNameOf } from '../access-key.ts'
import { readAccount } from '../account.ts'
import { USER, changeCarrier } from '../carriers.ts'
import { invalidPassword, noSuchEntity } from '../errors.ts'
import { checkPassword, newLogin, passwordMatches } from '../login.ts'
import type { IamOperation } from '../model.ts'

export const changePassword: IamOperation<'ChangePassword'> = async (deps, input, context) => {
  const { account } = context
  const policy = (await readAccount(deps, account)).passwordPolicy
  const password = checkPassword(input.NewPassword, policy)
  await changeCarrier(deps, USER, account, userNameOf(context), (record) => {
    if (record.login === undefined) throw noSuchEntity(`Login Profile for User ${record.name} cannot be found.`)
    if (!passwordMatches(record.login, input.OldPassword ?? ''))
      throw invalidPassword('The old password was incorrect.')
    return { ...record, login: newLogin(password, false, record.login.createdMs) }
  })
  return {}
}
