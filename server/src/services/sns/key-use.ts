// May the publisher use the key of a topic? Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs",
// "Configuring AWS KMS permissions".
import { KeyFault } from '#identity/key-vault.ts'
import { refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { callerArn } from './caller.ts'
import type { SnsDeps } from './deps.ts'
import { kmsAccessDenied, kmsError } from './errors.ts'
import type { TopicRecord } from './topic.ts'

/** Throws KMSAccessDenied, and SNS's other KMS errors. */
export async function requireKeyUse(
  { seal }: Pick<SnsDeps, 'seal'>,
  topic: TopicRecord,
  context: RequestContext,
): Promise<void> {
  try {
    const key = await seal.keyOf(topic)
    if (key === undefined) return
    const refused = await refusedKeyUse(context, ['kms:GenerateDataKey', 'kms:Decrypt'], { ...key, service: 'sns' })
    if (refused !== undefined) throw kmsAccessDenied(callerArn(context), refused, key.keyArn)
  } catch (error) {
    throw error instanceof KeyFault ? kmsError(error) : error
  }
}
