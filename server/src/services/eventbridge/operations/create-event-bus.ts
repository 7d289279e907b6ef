// CreateEventBus: a bus of the account's own.
import { transact } from '#storage/transact.ts'
import { busArn, DEFAULT_BUS } from '../arn.ts'
import { buses, busKey } from '../bus.ts'
import { readBusSettings } from '../bus-settings.ts'
import { Constraints } from '../constraints.ts'
import { alreadyExists, limitExceeded, notFound, validation } from '../errors.ts'
import { BUSES_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import { withTags } from '../tags.ts'

export const createEventBus: EventBridgeOperation<'CreateEventBus'> = async (
  { store, clock, views },
  input,
  context,
) => {
  new Constraints().busName('name', input.Name).description('description', input.Description).check()
  const { account, region } = context
  const name = input.Name ?? ''
  if (input.EventSourceName !== undefined) throw notFound(`Event source ${input.EventSourceName}`)
  if (name.includes('/')) throw validation("Event bus name must not contain '/'.")
  if (name === DEFAULT_BUS) throw alreadyExists(`Event bus ${name}`)
  const nowMs = clock.nowMs()
  const settings = readBusSettings(input)
  const bus = {
    account,
    region,
    name,
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...settings,
    tags: withTags({}, input.Tags),
  }
  await transact(store, async (transaction) => {
    if ((await buses.get(transaction, busKey(bus))) !== undefined) throw alreadyExists(`Event bus ${name}`)
    const all = await buses.list(transaction, { prefix: [account, region] }, { limit: BUSES_MAX + 1 })
    if (all.filter(({ value }) => value.name !== DEFAULT_BUS).length >= BUSES_MAX) throw limitExceeded()
    await buses.set(transaction, busKey(bus), bus)
  })
  views.forgetAll()
  return {
    EventBusArn: busArn(bus),
    Description: input.Description,
    KmsKeyIdentifier: input.KmsKeyIdentifier,
    DeadLetterConfig: input.DeadLetterConfig,
    LogConfig: input.LogConfig,
  }
}
