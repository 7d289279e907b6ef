// GetUser: a user; without a name, the caller.
import { accounts } from '#identity/directory/records.ts'
import { userNameOf } from '../access-key.ts'
import { USER, requireCarrier } from '../carriers.ts'
import { showUser } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const getUser: IamOperation<'GetUser'> = async (deps, input, context) => {
  const { principal, account } = context
  const { store } = deps.identity.directory
  if (input.UserName === undefined && principal.kind === 'root') {
    const found = (await accounts.get(store, [account]))?.value
    const CreateDate = new Date(found?.createdMs ?? 0)
    return { User: { Path: '/', UserName: '', UserId: account, Arn: `arn:aws:iam::${account}:root`, CreateDate } }
  }
  const name = input.UserName ?? userNameOf(context)
  return { User: showUser(await requireCarrier(store, USER, account, name)) }
}
