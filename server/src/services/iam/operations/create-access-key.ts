// CreateAccessKey: a key of a user; without a name, of the caller. Its secret is told this once.
import { keysOf, userNameOf } from '../access-key.ts'
import { USER, requireCarrier } from '../carriers.ts'
import { quotaExceeded } from '../errors.ts'
import { ACCESS_KEYS_PER_USER_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'

export const createAccessKey: IamOperation<'CreateAccessKey'> = async (deps, input, context) => {
  const { account, principal } = context
  const isRoot = input.UserName === undefined && principal.kind === 'root'
  const userName = isRoot ? undefined : (input.UserName ?? userNameOf(context))
  const key = await deps.identity.directory.change(async (transaction) => {
    const owner = {
      account,
      userName: isRoot ? undefined : (await requireCarrier(transaction, USER, account, userName)).name,
    }
    if ((await keysOf(transaction, owner)).length >= ACCESS_KEYS_PER_USER_MAX)
      throw quotaExceeded('AccessKeysPerUser', ACCESS_KEYS_PER_USER_MAX)
    return deps.identity.stored.add(transaction, owner)
  })
  return {
    AccessKey: {
      UserName: key.userName ?? '',
      AccessKeyId: key.accessKeyId,
      Status: 'Active',
      SecretAccessKey: key.secretAccessKey,
      CreateDate: new Date(key.createdMs),
    },
  }
}
