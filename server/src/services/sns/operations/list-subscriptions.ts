// ListSubscriptions: those of the caller's account in the region, 100 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { listByOwner, listed } from '../subscription.ts'

/** Parts of a key in the index of owners: owner, region, topic, and the record's own key. */
const INDEX_PARTS = 7

export async function listSubscriptions(
  { store }: SnsDeps,
  input: SnsInput<'ListSubscriptions'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'ListSubscriptions'>> {
  const after = readPageToken(input.NextToken, INDEX_PARTS)
  const page = await listByOwner(store, account, region, after, LIST_PAGE + 1)
  const shown = page.slice(0, LIST_PAGE)
  const last = shown.at(-1)
  return {
    Subscriptions: shown.map(({ value }) => listed(value)),
    ...(page.length > LIST_PAGE && last && { NextToken: pageToken(last.indexKey) }),
  }
}
