// ListAccessKeys: the keys of a user; without a name, of the caller.
import { keysOf, userNameOf } from '../access-key.ts'
import { USER, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listAccessKeys: IamOperation<'ListAccessKeys'> = async (deps, input, context) => {
  const { account, principal } = context
  const { store } = deps.identity.directory
  const isRoot = input.UserName === undefined && principal.kind === 'root'
  const userName = isRoot
    ? undefined
    : (await requireCarrier(store, USER, account, input.UserName ?? userNameOf(context))).name
  const page = pageOfList(await keysOf(store, { account, userName }), ({ accessKeyId }) => accessKeyId, input)
  return {
    AccessKeyMetadata: page.items.map((key) => ({
      UserName: key.userName ?? '',
      AccessKeyId: key.accessKeyId,
      Status: key.status,
      CreateDate: new Date(key.createdMs),
    })),
    ...page.end,
  }
}
