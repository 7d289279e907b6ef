// CreateAccountAlias: a name for the account, in place of the one it had.
import { accounts } from '#identity/directory/records.ts'
import { changeAccount } from '../account.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const createAccountAlias: IamOperation<'CreateAccountAlias'> = async (deps, input, { account }) => {
  const alias = required(input.AccountAlias, 'accountAlias')
  new Constraints()
    .length('accountAlias', alias, { min: 3, max: 63 })
    .pattern(
      'accountAlias',
      alias,
      /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/,
      '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$',
    )
    .check()
  await changeAccount(deps, account, async (record, transaction) => {
    const [other] = await accounts.listIndex(transaction, 'alias', { prefix: [alias] }, { limit: 1 })
    if (other !== undefined && other.value.account !== account)
      throw alreadyExists(`The account alias ${alias} already exists.`)
    return { ...record, alias }
  })
  return {}
}
