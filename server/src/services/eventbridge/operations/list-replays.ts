// ListReplays: in the order of their names.
import { archiveArn } from '../arn.ts'
import { listFilter } from '../list-filter.ts'
import type { EventBridgeOperation } from '../model.ts'
import { pageOf } from '../page.ts'
import { replays } from '../replay.ts'
import { shownReplay } from '../shown-replay.ts'

const STATES = ['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED']

export const listReplays: EventBridgeOperation<'ListReplays'> = async ({ store }, input, { account, region }) => {
  const isShown = listFilter('ListReplays', input, STATES)
  const arnOf = (archive: string): string => archiveArn({ account, region, name: archive })
  const { items, NextToken } = await pageOf(store, replays, {
    prefix: [account, region],
    limit: input.Limit,
    token: input.NextToken,
    keep: ({ name, archive, state }) => isShown({ name, sourceArn: arnOf(archive), state }),
  })
  return { Replays: items.map(shownReplay), NextToken }
}
