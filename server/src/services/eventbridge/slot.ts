// When the schedule of a rule is due next. The record is written with the rule and with every slot that is fired, in the
// commit that brings the slot's events under way: no slot is lost, none is fired twice, whoever else is at it.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import type { RuleRef } from './arn.ts'
import { isEnabled, type RuleRecord, ruleKey } from './rule.ts'
import { readSchedule } from '#events/schedule-expression.ts'

export interface SlotRecord extends RuleRef {
  readonly dueMs: number
  /** The expression that it was reckoned by. */
  readonly schedule: string
}

/** Key: that of the rule. Index `due`: [dueMs]. */
export const slots = new Collection<SlotRecord>({
  name: 'events.slots',
  codec: jsonCodec<SlotRecord>(1),
  indexes: { due: ({ dueMs }) => [[dueMs]] },
})

/** Call it with every change of a rule: the schedule begins anew when it is another one, or was switched on. */
export async function keepSlot(transaction: Transaction, rule: RuleRecord, nowMs: number): Promise<void> {
  const key = ruleKey(rule)
  const before = (await slots.get(transaction, key))?.value
  const schedule = isEnabled(rule) ? rule.schedule : undefined
  if (schedule === undefined) {
    if (before !== undefined) await slots.delete(transaction, key)
    return
  }
  if (before?.schedule === schedule) return
  await setSlot(transaction, rule, schedule, readSchedule(schedule)?.next(nowMs))
}

/** `dueMs` undefined: it is never due again. */
export async function setSlot(
  transaction: Transaction,
  { account, region, bus, name }: RuleRef,
  schedule: string,
  dueMs: number | undefined,
): Promise<void> {
  const ref = { account, region, bus, name }
  if (dueMs === undefined) await slots.delete(transaction, ruleKey(ref))
  else await slots.set(transaction, ruleKey(ref), { ...ref, schedule, dueMs })
}

export async function dropSlot(transaction: Transaction, rule: RuleRef): Promise<void> {
  await slots.delete(transaction, ruleKey(rule))
}

/** Whether any schedule is on. */
export async function hasSlots(reader: Reader): Promise<boolean> {
  return (await slots.list(reader, { prefix: [] }, { limit: 1 })).length > 0
}
