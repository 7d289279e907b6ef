// DescribeEventBus: a bus with its policy.
import { busArn } from '../arn.ts'
import { requireBus, shownTimes } from '../bus.ts'
import { shownSettings } from '../bus-settings.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'

export const describeEventBus: EventBridgeOperation<'DescribeEventBus'> = async ({ store }, input, context) => {
  new Constraints().busNameOrArn('name', input.Name).check()
  const bus = await requireBus(store, input.Name, context)
  return { Name: bus.name, Arn: busArn(bus), Policy: bus.policy, ...shownSettings(bus), ...shownTimes(bus) }
}
