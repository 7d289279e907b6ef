// Rules: what of a bus, or of the clock, goes to which targets. A rule and its targets are one record, so that a change
// of either is one commit.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import type { RuleRef } from './arn.ts'
import { ruleNotFound } from './errors.ts'
import type { Tags } from './tags.ts'

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

/** What of an event a target gets. */
export type TargetInput =
  | { readonly kind: 'event' }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'template'; readonly paths: Readonly<Record<string, string>>; readonly template: string }

export interface RuleTarget {
  readonly id: string
  readonly arn: string
  readonly roleArn?: string
  readonly input: TargetInput
  readonly deadLetterArn?: string
  readonly retriesMax?: number
  readonly ageMaxS?: number
  /** Of a queue. */
  readonly messageGroupId?: string
}

export interface RuleRecord extends RuleRef {
  readonly pattern?: string
  readonly schedule?: string
  readonly state: RuleState
  readonly description?: string
  readonly roleArn?: string
  readonly createdBy: string
  readonly tags: Tags
  /** In the order of their ids. */
  readonly targets: readonly RuleTarget[]
}

/** Key: [account, region, bus, name]. Index `target`: [account, region, bus, ARN of a target]. */
export const rules = new Collection<RuleRecord>({
  name: 'events.rules',
  codec: jsonCodec<RuleRecord>(1),
  indexes: {
    target: ({ account, region, bus, targets }) =>
      [...new Set(targets.map(({ arn }) => arn))].map((arn) => [account, region, bus, arn]),
  },
})

export function ruleKey({ account, region, bus, name }: RuleRef): Key {
  return [account, region, bus, name]
}

export function isEnabled({ state }: RuleRecord): boolean {
  return state !== 'DISABLED'
}

/** Throws ResourceNotFoundException. */
export async function requireRule(reader: Reader, ref: RuleRef): Promise<RuleRecord> {
  const found = await rules.get(reader, ruleKey(ref))
  if (found === undefined) throw ruleNotFound(ref.name, ref.bus)
  return found.value
}

export async function setRule(transaction: Transaction, rule: RuleRecord): Promise<void> {
  await rules.set(transaction, ruleKey(rule), rule)
}
