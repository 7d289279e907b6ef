// EnableRule: a disabled rule matches again, and its schedule begins anew.
import { requestedRule } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'
import { switchRule } from '../switch-rule.ts'

export const enableRule: EventBridgeOperation<'EnableRule'> = async (deps, input, context) => {
  new Constraints().ruleName('name', input.Name).busNameOrArn('eventBusName', input.EventBusName).check()
  await switchRule(deps, requestedRule(input.Name, input.EventBusName, context), 'ENABLED')
  return {}
}
