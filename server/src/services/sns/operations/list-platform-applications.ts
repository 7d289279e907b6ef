// ListPlatformApplications: 100 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { applicationArn, applications } from '../platform.ts'

export async function listPlatformApplications(
  { store }: SnsDeps,
  input: SnsInput<'ListPlatformApplications'>,
  { account, region }: RequestContext,
): Promise<SnsOutput<'ListPlatformApplications'>> {
  const after = readPageToken(input.NextToken, 2)
  const prefix = [account, region]
  const page = await applications.list(
    store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: LIST_PAGE + 1 },
  )
  const shown = page.slice(0, LIST_PAGE)
  const last = shown.at(-1)
  return {
    PlatformApplications: shown.map(({ value }) => ({
      PlatformApplicationArn: applicationArn(value),
      Attributes: value.attributes,
    })),
    ...(page.length > LIST_PAGE && last && { NextToken: pageToken([last.value.platform, last.value.name]) }),
  }
}
