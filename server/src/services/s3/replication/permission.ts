// May a bucket replicate into this one? Within one account, yes; into another account's bucket when that bucket's policy
// lets the role of the configuration. Source: S3 user guide, "Granting permissions when the source and destination buckets
// are owned by different AWS accounts".
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import { evaluate } from '#identity/policy/evaluate.ts'
import { objectArn } from '../arn.ts'
import type { BucketRecord } from '../bucket.ts'
import type { S3Deps } from '../deps.ts'

export interface Replicator {
  /** Of the source bucket. */
  readonly account: string
  /** The ARN of the role in the configuration. */
  readonly role: string
}

const SESSION = 's3-replication'

/** True when it may put replicas, or delete markers, of this key. */
export async function mayReplicate(
  deps: S3Deps,
  { account, role }: Replicator,
  destination: BucketRecord,
  { key, action }: { readonly key: Buffer; readonly action: 's3:ReplicateObject' | 's3:ReplicateDelete' },
): Promise<boolean> {
  if (account === destination.account) return true
  const policy = await deps.documents.get(deps.store, destination, 'policy')
  if (!policy) return false
  const name = role.slice(role.lastIndexOf('/') + 1)
  const arn = `arn:aws:sts::${account}:assumed-role/${name}/${SESSION}`
  const decision = evaluate(
    {
      caller: { kind: 'session', account, arn, roleArn: role },
      action,
      resource: objectArn(destination.name, key.toString()),
      resourceAccount: destination.account,
      keys: conditionKeysOf({ 'aws:principalarn': role, 'aws:principalaccount': account }),
    },
    // The role is the source account's own business; what counts here is the other side.
    {
      identity: 'everything',
      resource: [{ name: destination.name, policy: deps.policies.of(policy.text, 'resource') }],
    },
  )
  return decision.kind === 'allowed'
}
