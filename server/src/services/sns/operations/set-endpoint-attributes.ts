import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { validationError } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { endpoints, parseEndpointArn, requireEndpoint } from '../platform.ts'
import { checkEndpointAttributes } from '../platform-attributes.ts'

/** SetEndpointAttributes: changes what is named and keeps the rest. Throws NotFound. */
export async function setEndpointAttributes(
  { store }: SnsDeps,
  input: SnsInput<'SetEndpointAttributes'>,
): Promise<Record<string, never>> {
  const key = parseEndpointArn(input.EndpointArn)
  const changes = input.Attributes ?? {}
  if (Object.keys(changes).length === 0)
    throw validationError(
      "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null",
    )
  checkEndpointAttributes(changes)
  await transact(store, async (transaction) => {
    const endpoint = await requireEndpoint(transaction, key)
    const attributes = { ...endpoint.attributes, ...changes }
    await endpoints.set(transaction, key, { ...endpoint, attributes, token: attributes['Token'] ?? endpoint.token })
  })
  return {}
}
