// Enabling and disabling a rule.
import { transact } from '#storage/transact.ts'
import type { RuleRef } from './arn.ts'
import type { EventBridgeDeps } from './deps.ts'
import { requireRule, type RuleState, setRule } from './rule.ts'
import { keepSlot } from './slot.ts'

/** Throws ResourceNotFoundException. */
export async function switchRule(
  { store, clock, views }: EventBridgeDeps,
  ref: RuleRef,
  state: RuleState,
): Promise<void> {
  await transact(store, async (transaction) => {
    const rule = { ...(await requireRule(transaction, ref)), state }
    await setRule(transaction, rule)
    await keepSlot(transaction, rule, clock.nowMs())
  })
  views.forgetAll()
}
