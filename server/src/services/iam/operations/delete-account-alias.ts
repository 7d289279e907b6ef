// DeleteAccountAlias: takes the name from the account.
import { changeAccount } from '../account.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteAccountAlias: IamOperation<'DeleteAccountAlias'> = async (deps, input, { account }) => {
  await changeAccount(deps, account, ({ alias, ...record }) => {
    if (alias === undefined || alias !== input.AccountAlias)
      throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`)
    return record
  })
  return {}
}
