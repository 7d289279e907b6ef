// May a service publish to this topic? The topic's policy decides; within its own account the default policy allows it.
import type { EventOrigin } from '#events/target.ts'
import { compilePolicy } from '#identity/policy/compile.ts'
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import { evaluate } from '#identity/policy/evaluate.ts'
import type { Reader } from '#storage/transact.ts'
import { readTopicArn } from './arn.ts'
import { topicKey, topics } from './topic.ts'

/** Why events of this origin may not be published; undefined when they may. */
export async function topicRefusal(reader: Reader, arn: string, origin: EventOrigin): Promise<string | undefined> {
  const ref = readTopicArn(arn)
  const topic = ref && (await topics.get(reader, topicKey(ref)))?.value
  if (topic === undefined) return `there is no topic ${arn}`
  // A role sends with what its own policies say; the topic's need not name it.
  if (origin.principal.startsWith('arn:') && origin.account === topic.account) return undefined
  const policyText = topic.attributes['Policy']
  if (policyText === undefined)
    return origin.account === topic.account ? undefined : `the topic belongs to another account`
  const compiled = compilePolicy(policyText, 'resource')
  if (compiled.kind === 'faulty') return 'the policy of the topic cannot be read'
  const decision = evaluate(
    {
      caller: { kind: 'service', service: origin.principal },
      action: 'sns:Publish',
      resource: arn,
      resourceAccount: topic.account,
      keys: conditionKeysOf({
        'aws:SourceArn': origin.sourceArn,
        'aws:SourceAccount': origin.account,
        'aws:SourceOwner': origin.account,
      }),
    },
    { identity: [], resource: [{ name: 'Policy', policy: compiled.policy }] },
  )
  return decision.kind === 'allowed'
    ? undefined
    : `the policy of the topic does not allow ${origin.principal} to publish`
}
