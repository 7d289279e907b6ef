// DeleteRule: a rule without targets. That there is none of that name is no error.
import { transact } from '#storage/transact.ts'
import { requestedRule } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { validation } from '../errors.ts'
import type { EventBridgeOperation } from '../model.ts'
import { ruleKey, rules } from '../rule.ts'
import { dropSlot } from '../slot.ts'

export const deleteRule: EventBridgeOperation<'DeleteRule'> = async ({ store, views }, input, context) => {
  new Constraints().ruleName('name', input.Name).busNameOrArn('eventBusName', input.EventBusName).check()
  const ref = requestedRule(input.Name, input.EventBusName, context)
  await transact(store, async (transaction) => {
    await requireBus(transaction, input.EventBusName, context)
    const rule = (await rules.get(transaction, ruleKey(ref)))?.value
    if (rule === undefined) return
    if (rule.targets.length > 0) throw validation("Rule can't be deleted since it has targets.")
    await rules.delete(transaction, ruleKey(ref))
    await dropSlot(transaction, ref)
  })
  views.forgetAll()
  return {}
}
