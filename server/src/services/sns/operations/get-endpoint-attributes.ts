import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { parseEndpointArn, requireEndpoint } from '../platform.ts'

/** GetEndpointAttributes. Throws NotFound. */
export async function getEndpointAttributes(
  { store }: SnsDeps,
  input: SnsInput<'GetEndpointAttributes'>,
): Promise<SnsOutput<'GetEndpointAttributes'>> {
  const { attributes } = await requireEndpoint(store, parseEndpointArn(input.EndpointArn))
  return { Attributes: attributes }
}
