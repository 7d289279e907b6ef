import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { requireTopic } from '../topic.ts'

/** GetDataProtectionPolicy: nothing where none was put. */
export async function getDataProtectionPolicy(
  { store }: SnsDeps,
  input: SnsInput<'GetDataProtectionPolicy'>,
  context: RequestContext,
): Promise<SnsOutput<'GetDataProtectionPolicy'>> {
  const topic = await requireTopic(store, input.ResourceArn, context, 'ResourceArn')
  return { DataProtectionPolicy: topic.dataProtectionPolicy }
}
