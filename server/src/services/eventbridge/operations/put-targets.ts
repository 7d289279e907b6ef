// PutTargets: adds targets to a rule; those with ids that it has are replaced.
import { transact } from '#storage/transact.ts'
import { requestedRule } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeDeps } from '../deps.ts'
import { invalidParameter, limitExceeded } from '../errors.ts'
import { TARGETS_PER_RULE_MAX } from '../limits.ts'
import { readLogGroupArn } from '../log-group.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireRule, type RuleTarget, setRule } from '../rule.ts'
import { readTargets } from '../target-request.ts'

export const putTargets: EventBridgeOperation<'PutTargets'> = async (deps, input, context) => {
  new Constraints().ruleName('rule', input.Rule).busNameOrArn('eventBusName', input.EventBusName).check()
  const given = readTargets(input.Targets ?? [])
  for (const target of given) checkReceiver(deps, target)
  await transact(deps.store, async (transaction) => {
    await requireBus(transaction, input.EventBusName, context)
    const rule = await requireRule(transaction, requestedRule(input.Rule, input.EventBusName, context))
    const targets = new Map([...rule.targets, ...given].map((target) => [target.id, target]))
    if (targets.size > TARGETS_PER_RULE_MAX) throw limitExceeded()
    await setRule(transaction, {
      ...rule,
      targets: [...targets.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    })
  })
  deps.views.forgetAll()
  return { FailedEntryCount: 0, FailedEntries: [] }
}

/** As on AWS the receiver itself need not be there yet; but something must be able to take events for it. */
function checkReceiver({ targetFor }: EventBridgeDeps, { arn }: RuleTarget): void {
  if (targetFor(arn) === undefined && readLogGroupArn(arn) === undefined)
    throw invalidParameter(
      arn,
      'Mayfly has nothing that takes events for it. Functions, queues, topics, event buses and log groups do.',
    )
}
