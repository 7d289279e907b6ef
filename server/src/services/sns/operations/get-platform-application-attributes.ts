import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { parseApplicationArn, requireApplication } from '../platform.ts'

/** GetPlatformApplicationAttributes. Throws NotFound. */
export async function getPlatformApplicationAttributes(
  { store }: SnsDeps,
  input: SnsInput<'GetPlatformApplicationAttributes'>,
): Promise<SnsOutput<'GetPlatformApplicationAttributes'>> {
  const { attributes } = await requireApplication(store, parseApplicationArn(input.PlatformApplicationArn))
  return { Attributes: attributes }
}
