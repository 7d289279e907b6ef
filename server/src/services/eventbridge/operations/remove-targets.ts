// RemoveTargets: takes targets from a rule. Ids that it does not have are told one by one.
import { transact } from '#storage/transact.ts'
import { requestedRule } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { TARGETS_PER_CALL_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireRule, setRule } from '../rule.ts'

export const removeTargets: EventBridgeOperation<'RemoveTargets'> = async ({ store, views }, input, context) => {
  const ids = input.Ids ?? []
  const constraints = new Constraints()
    .ruleName('rule', input.Rule)
    .busNameOrArn('eventBusName', input.EventBusName)
    .count('ids', ids, { min: 1, max: TARGETS_PER_CALL_MAX })
  for (const [index, id] of ids.entries()) constraints.targetId(`ids.${index + 1}.member`, id)
  constraints.check()
  const unknown = await transact(store, async (transaction) => {
    await requireBus(transaction, input.EventBusName, context)
    const rule = await requireRule(transaction, requestedRule(input.Rule, input.EventBusName, context))
    const gone = new Set(ids)
    await setRule(transaction, { ...rule, targets: rule.targets.filter(({ id }) => !gone.has(id)) })
    return ids.filter((id) => !rule.targets.some((target) => target.id === id))
  })
  views.forgetAll()
  return {
    FailedEntryCount: unknown.length,
    FailedEntries: unknown.map((id) => ({
      TargetId: id,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Rule '${input.Rule}' does not have a target with the Id '${id}'.`,
    })),
  }
}
