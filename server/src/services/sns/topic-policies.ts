// What hangs on a topic, for the authorization of requests.
import type { ResourcePolicies } from '#protocol/operation.ts'
import { readTopicArn } from './arn.ts'
import type { SnsDeps } from './deps.ts'

/**
 * The policy that was set on a topic. The default one, which allows the owner's account what its identities may do anyway,
 * is left out: without a policy it is the account's own policies that decide.
 */
export async function topicPolicies({ views }: SnsDeps, resource: string): Promise<ResourcePolicies | undefined> {
  const ref = readTopicArn(resource)
  const view = ref && (await views.get(ref))
  if (view === undefined) return undefined
  const policy = view.topic.attributes['Policy']
  return { owner: view.topic.account, documents: policy === undefined ? [] : [policy] }
}
