// Buses and rules have tags: the one that a request names by its ARN.
import type { Reader, Transaction } from '#storage/transact.ts'
import { busArn, readArn } from './arn.ts'
import { buses, busKey, findBus, requireBus } from './bus.ts'
import { Constraints } from './constraints.ts'
import { invalidParameter } from './errors.ts'
import { requireRule, ruleKey, rules, setRule } from './rule.ts'
import type { Tags } from './tags.ts'

export interface Tagged {
  readonly tags: Tags
  /** In the transaction that it was read in. */
  set(transaction: Transaction, tags: Tags): Promise<void>
}

/** Throws ResourceNotFoundException; ValidationException for what has no tags. */
export async function requireTagged(reader: Reader, arn: string | undefined): Promise<Tagged> {
  new Constraints().arn('resourceARN', arn).check()
  const read = readArn(arn ?? '')
  if (read?.kind === 'bus') {
    const bus = await requireBus(reader, busArn(read.ref), read.ref)
    return { tags: bus.tags, set: (transaction, tags) => buses.set(transaction, busKey(bus), { ...bus, tags }) }
  }
  if (read?.kind === 'rule') {
    const rule = await requireRule(reader, read.ref)
    return { tags: rule.tags, set: (transaction, tags) => setRule(transaction, { ...rule, tags }) }
  }
  throw invalidParameter('ResourceARN', 'Only event buses and rules have tags.')
}

/** For the conditions of policies; undefined for what is not there or has no tags. */
export async function tagsOf(reader: Reader, arn: string): Promise<Tags | undefined> {
  const read = readArn(arn)
  if (read?.kind === 'bus') return (await findBus(reader, read.ref))?.tags
  return read?.kind === 'rule' ? (await rules.get(reader, ruleKey(read.ref)))?.value.tags : undefined
}
