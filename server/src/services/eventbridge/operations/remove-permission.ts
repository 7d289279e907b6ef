// RemovePermission: takes a statement, or the whole policy, from a bus.
import { transact } from '#storage/transact.ts'
import { AwsError } from '#protocol/errors.ts'
import { buses, busKey, requireBus } from '../bus.ts'
import { withoutStatement } from '../bus-policy.ts'
import { Constraints } from '../constraints.ts'
import { validation } from '../errors.ts'
import type { EventBridgeOperation } from '../model.ts'

export const removePermission: EventBridgeOperation<'RemovePermission'> = async (
  { store, clock, views },
  input,
  context,
) => {
  new Constraints().busName('eventBusName', input.EventBusName).check()
  const isAll = input.RemoveAllPermissions === true
  if (!isAll && input.StatementId === undefined) throw validation('Parameter StatementId is required.')
  await transact(store, async (transaction) => {
    const { policy, ...bus } = await requireBus(transaction, input.EventBusName, context)
    const left = isAll ? '' : withoutStatement(policy, input.StatementId ?? '')
    if (left === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        400,
        policy === undefined ? 'EventBus does not have a policy.' : 'Statement with the provided id does not exist.',
      )
    await buses.set(transaction, busKey(bus), {
      ...bus,
      ...(left !== '' && { policy: left }),
      modifiedMs: clock.nowMs(),
    })
  })
  views.forgetAll()
  return {}
}
