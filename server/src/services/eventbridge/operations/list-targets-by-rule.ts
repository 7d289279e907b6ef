// ListTargetsByRule: the targets of a rule, in the order of their ids.
import { requestedRule } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { LIST_PAGE_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import { nameIn, tokenFor } from '../page.ts'
import { requireRule } from '../rule.ts'
import { shownTarget } from '../target-request.ts'

export const listTargetsByRule: EventBridgeOperation<'ListTargetsByRule'> = async ({ store }, input, context) => {
  const { NextToken: token, Limit: limit = LIST_PAGE_MAX } = input
  new Constraints()
    .ruleName('rule', input.Rule)
    .busNameOrArn('eventBusName', input.EventBusName)
    .pageOf(input.Limit)
    .check()
  await requireBus(store, input.EventBusName, context)
  const rule = await requireRule(store, requestedRule(input.Rule, input.EventBusName, context))
  const after = token === undefined ? '' : nameIn(token)
  const left = rule.targets.filter(({ id }) => id > after)
  const last = left.at(limit - 1)
  return {
    Targets: left.slice(0, limit).map(shownTarget),
    NextToken: last !== undefined && left.length > limit ? tokenFor(last.id) : undefined,
  }
}
