// ListEndpointsByPlatformApplication: 100 at a time.
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { endpointArn, endpoints, parseApplicationArn, requireApplication } from '../platform.ts'

export async function listEndpointsByPlatformApplication(
  { store }: SnsDeps,
  input: SnsInput<'ListEndpointsByPlatformApplication'>,
): Promise<SnsOutput<'ListEndpointsByPlatformApplication'>> {
  const prefix = parseApplicationArn(input.PlatformApplicationArn)
  await requireApplication(store, prefix)
  const after = readPageToken(input.NextToken, 1)
  const page = await endpoints.list(
    store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: LIST_PAGE + 1 },
  )
  const shown = page.slice(0, LIST_PAGE)
  const last = shown.at(-1)
  return {
    Endpoints: shown.map(({ value }) => ({ EndpointArn: endpointArn(value), Attributes: value.attributes })),
    ...(page.length > LIST_PAGE && last && { NextToken: pageToken([last.value.id]) }),
  }
}
