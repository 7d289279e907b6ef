// May the publisher use the key of a topic? Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs",
// "Configuring AWS KMS permissions".
import { KeyFault } from '#identity/key-vault.ts'
import type { EventOrigin, Need } from '#events/target.ts'
import { type KeyAction, keyConditions, refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { callerArn } from './caller.ts'
import type { SnsDeps } from './deps.ts'
import { kmsAccessDenied, kmsError } from './errors.ts'
import type { TopicRecord } from './topic.ts'

/** Of whoever publishes. */
const ACTIONS: readonly KeyAction[] = ['kms:GenerateDataKey', 'kms:Decrypt']

/**
 * What a service, or a role that it sends with, needs of the topic's key. The key behind alias/aws/sns is for roles of its
 * account, and for no service: its policy cannot be changed.
 */
export async function keyNeeds(
  { seal }: Pick<SnsDeps, 'seal'>,
  topic: TopicRecord,
  { principal, account }: EventOrigin,
): Promise<readonly Need[]> {
  try {
    const key = await seal.keyOf(topic)
    const isRole = principal.startsWith('arn:')
    if (key === undefined || (key.managed && isRole && account === topic.account)) return []
    const conditions = keyConditions({ ...key, service: 'sns' }, isRole ? account : undefined)
    return ACTIONS.map((action) => ({ action, resource: key.keyArn, conditions }))
  } catch (error) {
    // A key that cannot be used at all: the publish tells.
    if (error instanceof KeyFault) return []
    throw error
  }
}

/** Throws KMSAccessDenied, and SNS's other KMS errors. */
export async function requireKeyUse(
  { seal }: Pick<SnsDeps, 'seal'>,
  topic: TopicRecord,
  context: RequestContext,
): Promise<void> {
  try {
    const key = await seal.keyOf(topic)
    if (key === undefined) return
    const refused = await refusedKeyUse(context, ACTIONS, { ...key, service: 'sns' })
    if (refused !== undefined) throw kmsAccessDenied(callerArn(context), refused, key.keyArn)
  } catch (error) {
    throw error instanceof KeyFault ? kmsError(error) : error
  }
}
