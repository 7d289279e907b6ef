// DeleteAccessKey: deletes a key: from now on it is unknown.
import { accessKeys } from '#identity/directory/stored-keys.ts'
import { keyUses } from '#identity/directory/usage.ts'
import { requireKey } from '../access-key.ts'
import type { IamOperation } from '../model.ts'

export const deleteAccessKey: IamOperation<'DeleteAccessKey'> = async (deps, input, context) => {
  await deps.identity.directory.change(async (transaction) => {
    const key = await requireKey(transaction, context, input)
    await accessKeys.delete(transaction, [key.accessKeyId])
    await keyUses.delete(transaction, [key.accessKeyId])
  })
  deps.identity.stored.forget()
  return {}
}
