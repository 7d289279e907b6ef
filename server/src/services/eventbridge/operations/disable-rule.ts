// DisableRule: the rule stays, and matches nothing.
import { requestedRule } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'
import { switchRule } from '../switch-rule.ts'

export const disableRule: EventBridgeOperation<'DisableRule'> = async (deps, input, context) => {
  new Constraints().ruleName('name', input.Name).busNameOrArn('eventBusName', input.EventBusName).check()
  await switchRule(deps, requestedRule(input.Name, input.EventBusName, context), 'DISABLED')
  return {}
}
