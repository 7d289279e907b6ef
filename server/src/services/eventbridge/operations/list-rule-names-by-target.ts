// ListRuleNamesByTarget: the rules of a bus that have a target with this ARN.
import { busKey, requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { LIST_PAGE_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import { nameIn, tokenFor } from '../page.ts'
import { rules } from '../rule.ts'

export const listRuleNamesByTarget: EventBridgeOperation<'ListRuleNamesByTarget'> = async (
  { store },
  input,
  context,
) => {
  const { NextToken: token, Limit: limit = LIST_PAGE_MAX } = input
  new Constraints()
    .arn('targetArn', input.TargetArn)
    .busNameOrArn('eventBusName', input.EventBusName)
    .pageOf(input.Limit)
    .check()
  const bus = busKey(await requireBus(store, input.EventBusName, context))
  const prefix = [...bus, input.TargetArn ?? '']
  const found = await rules.listIndex(
    store,
    'target',
    { prefix, ...(token !== undefined && { after: [...prefix, ...bus, nameIn(token)] }) },
    { limit: limit + 1 },
  )
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    RuleNames: page.map(({ value }) => value.name),
    NextToken: last !== undefined && found.length > limit ? tokenFor(last.value.name) : undefined,
  }
}
