// ListRules: the rules of a bus, in the order of their names.
import { ruleArn } from '../arn.ts'
import { busKey, requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'
import { pageOf } from '../page.ts'
import { rules } from '../rule.ts'

export const listRules: EventBridgeOperation<'ListRules'> = async ({ store }, input, context) => {
  const { NamePrefix: namePrefix = '' } = input
  new Constraints()
    .ruleName('namePrefix', input.NamePrefix)
    .busNameOrArn('eventBusName', input.EventBusName)
    .pageOf(input.Limit)
    .check()
  const bus = await requireBus(store, input.EventBusName, context)
  const { items, NextToken } = await pageOf(store, rules, {
    prefix: busKey(bus),
    limit: input.Limit,
    token: input.NextToken,
    keep: ({ name }) => name.startsWith(namePrefix),
  })
  return {
    Rules: items.map((rule) => ({
      Name: rule.name,
      Arn: ruleArn(rule),
      EventPattern: rule.pattern,
      ScheduleExpression: rule.schedule,
      State: rule.state,
      Description: rule.description,
      RoleArn: rule.roleArn,
      EventBusName: rule.bus,
    })),
    NextToken,
  }
}
