// UpdateEventBus: replaces the settings of a bus that are given; the others stay.
import { transact } from '#storage/transact.ts'
import { busArn } from '../arn.ts'
import { buses, busKey, requireBus } from '../bus.ts'
import { readBusSettings, shownSettings } from '../bus-settings.ts'
import { Constraints } from '../constraints.ts'
import type { EventBridgeOperation } from '../model.ts'

export const updateEventBus: EventBridgeOperation<'UpdateEventBus'> = async (
  { store, clock, views },
  input,
  context,
) => {
  new Constraints().busName('name', input.Name).check()
  const settings = readBusSettings(input)
  const changed = await transact(store, async (transaction) => {
    const bus = await requireBus(transaction, input.Name, context)
    const nowMs = clock.nowMs()
    const next = { ...bus, ...settings, createdMs: bus.createdMs || nowMs, modifiedMs: nowMs }
    await buses.set(transaction, busKey(bus), next)
    return next
  })
  views.forgetAll()
  return { Arn: busArn(changed), Name: changed.name, ...shownSettings(changed) }
}
