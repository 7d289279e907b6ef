// AddPermission: a statement in the topic's policy that lets accounts do what it names.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { topicArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { changeTopic, requireTopic } from '../topic.ts'
import { defaultPolicy, isGrantable, withStatement } from '../topic-policy.ts'

export async function addPermission(
  deps: SnsDeps,
  input: SnsInput<'AddPermission'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const { Label: label, AWSAccountId: accounts, ActionName: actions } = input
  if (label === '' || accounts.length === 0 || actions.length === 0)
    throw invalidParameter('Label, AWSAccountId and ActionName must not be empty')
  if (!actions.every(isGrantable)) throw invalidParameter('Policy statement action out of service scope!')
  if (!accounts.every((account) => /^\d{12}$/.test(account))) throw invalidParameter('AWSAccountId')
  await transact(deps.store, async (transaction) => {
    const topic = await requireTopic(transaction, input.TopicArn, context)
    const policy = withStatement(topic.attributes['Policy'] ?? defaultPolicy(topic), {
      Sid: label,
      Effect: 'Allow',
      Principal: { AWS: oneOrMany(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
      Action: oneOrMany(actions.map((action) => `SNS:${action}`)),
      Resource: topicArn(topic),
    })
    if (policy === undefined) throw invalidParameter('Statement already exists')
    await changeTopic(transaction, topic, { attributes: { ...topic.attributes, Policy: policy } })
  })
  deps.views.forgetAll()
  return {}
}

function oneOrMany(values: readonly string[]): string | readonly string[] {
  const [only, ...more] = values
  return only !== undefined && more.length === 0 ? only : values
}
