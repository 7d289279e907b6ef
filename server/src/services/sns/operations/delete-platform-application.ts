// DeletePlatformApplication: the application and its endpoints. One that is not there is no error.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { SWEEP_PAGE } from '../limits.ts'
import type { SnsInput } from '../model.ts'
import { applications, endpoints, parseApplicationArn } from '../platform.ts'

export async function deletePlatformApplication(
  { store }: SnsDeps,
  input: SnsInput<'DeletePlatformApplication'>,
  _context: RequestContext,
): Promise<Record<string, never>> {
  const key = parseApplicationArn(input.PlatformApplicationArn)
  await transact(store, (transaction) => applications.delete(transaction, key))
  for (;;) {
    const page = await endpoints.list(store, { prefix: key }, { limit: SWEEP_PAGE })
    if (page.length === 0) return {}
    await transact(store, async (transaction) => {
      for (const endpoint of page) await endpoints.delete(transaction, endpoint.key)
    })
  }
}
