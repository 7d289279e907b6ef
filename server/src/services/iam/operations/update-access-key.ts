// UpdateAccessKey: lets a key sign, or no longer.
import { accessKeys } from '#identity/directory/stored-keys.ts'
import { requireKey } from '../access-key.ts'
import { validationError } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const updateAccessKey: IamOperation<'UpdateAccessKey'> = async (deps, input, context) => {
  const status = input.Status
  if (status !== 'Active' && status !== 'Inactive')
    throw validationError(
      `1 validation error detected: Value '${status}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]`,
    )
  await deps.identity.directory.change(async (transaction) => {
    const key = await requireKey(transaction, context, input)
    await accessKeys.set(transaction, [key.accessKeyId], { ...key, status })
  })
  deps.identity.stored.forget()
  return {}
}
