// ListEventBuses: all buses of the account in the region, the default bus among them, in the order of their names.
import { busArn, DEFAULT_BUS } from '../arn.ts'
import { type BusRecord, buses, shownTimes, untouchedDefault } from '../bus.ts'
import { Constraints } from '../constraints.ts'
import { BUSES_MAX, LIST_PAGE_MAX } from '../limits.ts'
import type { EventBridgeOperation } from '../model.ts'
import { nameIn, tokenFor } from '../page.ts'

export const listEventBuses: EventBridgeOperation<'ListEventBuses'> = async ({ store }, input, { account, region }) => {
  const { NamePrefix: prefix = '', NextToken: token, Limit: limit = LIST_PAGE_MAX } = input
  new Constraints().busName('namePrefix', input.NamePrefix).pageOf(input.Limit).check()
  const after = token === undefined ? undefined : nameIn(token)
  const stored = (await buses.list(store, { prefix: [account, region] }, { limit: BUSES_MAX + 1 })).map(
    ({ value }) => value,
  )
  const all = stored.some(({ name }) => name === DEFAULT_BUS)
    ? stored
    : [...stored, untouchedDefault({ account, region })]
  const wanted = all
    .filter(({ name }) => name.startsWith(prefix) && (after === undefined || name > after))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const page = wanted.slice(0, limit)
  const last = page.at(-1)
  return {
    EventBuses: page.map(shownBus),
    NextToken: last !== undefined && wanted.length > limit ? tokenFor(last.name) : undefined,
  }
}

function shownBus(bus: BusRecord) {
  return { Name: bus.name, Arn: busArn(bus), Description: bus.description, Policy: bus.policy, ...shownTimes(bus) }
}
