// ListReplays: in the order of their names.
import { archiveArn } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import { validation } from '../errors.ts'
import type { EventBridgeOperation } from '../model.ts'
import { pageOf } from '../page.ts'
import { replays } from '../replay.ts'
import { shownReplay } from '../shown-replay.ts'

const STATES = ['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED']

export const listReplays: EventBridgeOperation<'ListReplays'> = async ({ store }, input, { account, region }) => {
  const { NamePrefix, EventSourceArn, State } = input
  new Constraints()
    .replayName('namePrefix', NamePrefix)
    .arn('eventSourceArn', EventSourceArn)
    .oneOf('state', State, STATES)
    .pageOf(input.Limit)
    .check()
  if ([NamePrefix, EventSourceArn, State].filter((one) => one !== undefined).length > 1)
    throw validation(
      'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
    )
  const { items, NextToken } = await pageOf(store, replays, {
    prefix: [account, region],
    limit: input.Limit,
    token: input.NextToken,
    keep: ({ name, archive, state }) =>
      name.startsWith(NamePrefix ?? '') &&
      (EventSourceArn === undefined || archiveArn({ account, region, name: archive }) === EventSourceArn) &&
      (State === undefined || state === State),
  })
  return { Replays: items.map(shownReplay), NextToken }
}
