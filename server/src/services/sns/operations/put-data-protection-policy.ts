import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { checkDataProtectionPolicy } from '../data-protection.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { changeTopic, requireTopic } from '../topic.ts'

/** PutDataProtectionPolicy: an empty policy takes it away. */
export async function putDataProtectionPolicy(
  { store }: SnsDeps,
  input: SnsInput<'PutDataProtectionPolicy'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const policy = input.DataProtectionPolicy ?? ''
  if (policy !== '') checkDataProtectionPolicy(policy)
  await transact(store, async (transaction) => {
    const topic = await requireTopic(transaction, input.ResourceArn, context, 'ResourceArn')
    await changeTopic(transaction, topic, { dataProtectionPolicy: policy })
  })
  return {}
}
