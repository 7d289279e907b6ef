// ListAccountAliases: the name of the account, if it has one.
import { readAccount } from '../account.ts'
import type { IamOperation } from '../model.ts'

export const listAccountAliases: IamOperation<'ListAccountAliases'> = async (deps, _input, { account }) => {
  const { alias } = await readAccount(deps, account)
  return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false }
}
