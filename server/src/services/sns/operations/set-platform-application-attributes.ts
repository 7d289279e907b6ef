import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { validationError } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { applications, parseApplicationArn, requireApplication } from '../platform.ts'
import { checkApplicationAttributes, withoutCredentials } from '../platform-attributes.ts'

/** SetPlatformApplicationAttributes: changes what is named and keeps the rest. Throws NotFound. */
export async function setPlatformApplicationAttributes(
  { store }: SnsDeps,
  input: SnsInput<'SetPlatformApplicationAttributes'>,
): Promise<Record<string, never>> {
  const key = parseApplicationArn(input.PlatformApplicationArn)
  const changes = input.Attributes ?? {}
  if (Object.keys(changes).length === 0)
    throw validationError(
      "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null",
    )
  checkApplicationAttributes(changes)
  await transact(store, async (transaction) => {
    const application = await requireApplication(transaction, key)
    const attributes = { ...application.attributes, ...withoutCredentials(changes) }
    await applications.set(transaction, key, { ...application, attributes })
  })
  return {}
}
