// DeleteEventBus: a bus without rules. That there is none of that name is no error.
import { transact } from '#storage/transact.ts'
import { archives } from '../archive.ts'
import { DEFAULT_BUS, requestedBus } from '../arn.ts'
import { buses, busKey } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { validation } from '../errors.ts'
import type { EventBridgeOperation } from '../model.ts'
import { rules } from '../rule.ts'

export const deleteEventBus: EventBridgeOperation<'DeleteEventBus'> = async ({ store, views }, input, context) => {
  new Constraints().busName('name', input.Name).check()
  const ref = requestedBus(input.Name, context)
  if (ref.name === DEFAULT_BUS) throw validation(`Cannot delete event bus ${DEFAULT_BUS}.`)
  await transact(store, async (transaction) => {
    const [rule] = await rules.list(transaction, { prefix: busKey(ref) }, { limit: 1 })
    if (rule !== undefined) throw validation("Event bus can't be deleted since it has rules.")
    const [archive] = await archives.listIndex(transaction, 'bus', { prefix: busKey(ref) }, { limit: 1 })
    if (archive !== undefined) throw validation("Event bus can't be deleted since it has archives.")
    await buses.delete(transaction, busKey(ref))
  })
  views.forgetAll()
  return {}
}
