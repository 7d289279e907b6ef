// DeleteAccountPasswordPolicy: back to the rules that every account has.
import { changeAccount } from '../account.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteAccountPasswordPolicy: IamOperation<'DeleteAccountPasswordPolicy'> = async (
  deps,
  _input,
  { account },
) => {
  await changeAccount(deps, account, ({ passwordPolicy, ...record }) => {
    if (passwordPolicy === undefined) throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.')
    return record
  })
  return {}
}
