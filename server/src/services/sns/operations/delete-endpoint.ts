import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { endpoints, parseEndpointArn } from '../platform.ts'

/** DeleteEndpoint: one that is not there is no error. */
export async function deleteEndpoint(
  { store }: SnsDeps,
  input: SnsInput<'DeleteEndpoint'>,
): Promise<Record<string, never>> {
  const key = parseEndpointArn(input.EndpointArn)
  await transact(store, (transaction) => endpoints.delete(transaction, key))
  return {}
}
