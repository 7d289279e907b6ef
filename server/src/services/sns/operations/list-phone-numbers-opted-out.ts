import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { optOuts } from '../sms.ts'

/** ListPhoneNumbersOptedOut: 100 at a time. */
export async function listPhoneNumbersOptedOut(
  { store }: SnsDeps,
  input: SnsInput<'ListPhoneNumbersOptedOut'>,
  { account }: RequestContext,
): Promise<SnsOutput<'ListPhoneNumbersOptedOut'>> {
  const after = readPageToken(input.nextToken, 1)
  const page = await optOuts.list(
    store,
    { prefix: [account], ...(after && { after: [account, ...after] }) },
    { limit: LIST_PAGE + 1 },
  )
  const numbers = page.slice(0, LIST_PAGE).map(({ key }) => String(key.at(-1)))
  const last = numbers.at(-1)
  return {
    phoneNumbers: numbers,
    ...(page.length > LIST_PAGE && last !== undefined && { nextToken: pageToken([last]) }),
  }
}
