// PutPermission: lets another account put events on a bus, by one statement, or by a whole policy.
import { transact } from '#storage/transact.ts'
import { buses, busKey, requireBus } from '../bus.ts'
import { checkedPolicy, withStatement } from '../bus-policy.ts'
import { Constraints } from '../constraints.ts'
import { validation } from '../errors.ts'
import type { EventBridgeInput, EventBridgeOperation } from '../model.ts'

export const putPermission: EventBridgeOperation<'PutPermission'> = async ({ store, clock, views }, input, context) => {
  new Constraints()
    .busName('eventBusName', input.EventBusName)
    .length('action', input.Action, { min: 1, max: 64 })
    .pattern('action', input.Action, /^events:[a-zA-Z]+$/, 'events:[a-zA-Z]+')
    .length('principal', input.Principal, { min: 1, max: 12 })
    .pattern('principal', input.Principal, /^(\d{12}|\*)$/, '(\\d{12}|\\*)')
    .length('statementId', input.StatementId, { min: 1, max: 64 })
    .pattern('statementId', input.StatementId, /^[a-zA-Z0-9-_]+$/, '[a-zA-Z0-9-_]+')
    .check()
  await transact(store, async (transaction) => {
    const bus = await requireBus(transaction, input.EventBusName, context)
    const policy =
      input.Policy === undefined ? withStatement(bus.policy, bus, permissionIn(input)) : checkedPolicy(input.Policy)
    await buses.set(transaction, busKey(bus), { ...bus, policy, modifiedMs: clock.nowMs() })
  })
  views.forgetAll()
  return {}
}

function permissionIn({ StatementId, Action, Principal, Condition }: EventBridgeInput<'PutPermission'>) {
  if (StatementId === undefined || Action === undefined || Principal === undefined)
    throw validation('Parameter(s) StatementId, Action and Principal must be specified.')
  const { Type, Key, Value } = Condition ?? {}
  const isWhole = Type !== undefined && Key !== undefined && Value !== undefined
  return {
    statementId: StatementId,
    action: Action,
    principal: Principal,
    condition: isWhole ? { Type, Key, Value } : undefined,
  }
}
