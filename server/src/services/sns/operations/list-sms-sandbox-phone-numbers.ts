import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { sandboxNumbers } from '../sms.ts'

/** ListSMSSandboxPhoneNumbers: at most 100 at a time. */
export async function listSMSSandboxPhoneNumbers(
  { store }: SnsDeps,
  input: SnsInput<'ListSMSSandboxPhoneNumbers'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'ListSMSSandboxPhoneNumbers'>> {
  const limit = input.MaxResults ?? LIST_PAGE
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_PAGE) throw invalidParameter('MaxResults')
  const after = readPageToken(input.NextToken, 1)
  const prefix = [account, region]
  const page = await sandboxNumbers.list(
    store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: limit + 1 },
  )
  const shown = page
    .slice(0, limit)
    .map(({ key, value }) => ({ PhoneNumber: String(key.at(-1)), Status: value.status }))
  const last = shown.at(-1)
  return {
    PhoneNumbers: shown,
    ...(page.length > limit && last && { NextToken: pageToken([last.PhoneNumber]) }),
  }
}
