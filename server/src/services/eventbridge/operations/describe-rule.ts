// DescribeRule: a rule without its targets.
import { requestedRule, ruleArn } from '../arn.ts'
import { requireBus } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireRule } from '../rule.ts'

export const describeRule: EventBridgeOperation<'DescribeRule'> = async ({ store }, input, context) => {
  new Constraints().ruleName('name', input.Name).busNameOrArn('eventBusName', input.EventBusName).check()
  await requireBus(store, input.EventBusName, context)
  const rule = await requireRule(store, requestedRule(input.Name, input.EventBusName, context))
  return {
    Name: rule.name,
    Arn: ruleArn(rule),
    EventPattern: rule.pattern,
    ScheduleExpression: rule.schedule,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.bus,
    CreatedBy: rule.createdBy,
  }
}
