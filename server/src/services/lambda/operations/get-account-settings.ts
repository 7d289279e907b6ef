// GetAccountSettings: the limits of an account, and what it uses of them.
import type { RequestContext } from '#protocol/operation.ts'
import { LIST_PAGE_MAX } from '#storage/store.ts'
import { concurrencyMaxOf } from '../account-quotas.ts'
import { reservedTotal } from '../concurrency-quotas.ts'
import type { LambdaDeps } from '../deps.ts'
import { functions } from '../function-record.ts'
import { TOTAL_CODE_BYTES, UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX } from '../limits.ts'
import type { LambdaOutput } from '../model.ts'
import { codeBytesOf } from '../package-type.ts'
import { listVersions } from './list-versions-by-function.ts'

export async function getAccountSettings(
  { ports, options }: LambdaDeps,
  _input: unknown,
  context: RequestContext,
): Promise<LambdaOutput<'GetAccountSettings'>> {
  const { account, region } = context
  const prefix = [account, region]
  const concurrencyMax = concurrencyMaxOf(ports, account, options.concurrencyMax)
  let functionCount = 0
  let codeBytes = 0
  let after: string | undefined
  for (;;) {
    const page = await functions.list(
      ports.store,
      { prefix, ...(after !== undefined && { after: [...prefix, after] }) },
      { limit: LIST_PAGE_MAX },
    )
    for (const { value } of page) {
      const published = await listVersions(ports.store, value.id, undefined, undefined)
      functionCount++
      codeBytes += [value.latest, ...published].reduce((sum, record) => sum + codeBytesOf(record.code), 0)
    }
    if (page.length < LIST_PAGE_MAX) break
    after = page.at(-1)?.value.name
  }
  return {
    AccountLimit: {
      TotalCodeSize: ports.quotas.of(account).storageBytes ?? TOTAL_CODE_BYTES,
      CodeSizeUnzipped: UNZIPPED_BYTES_MAX,
      CodeSizeZipped: ZIP_BYTES_MAX,
      ConcurrentExecutions: concurrencyMax,
      UnreservedConcurrentExecutions: concurrencyMax - (await reservedTotal(ports.store, account, region)),
    },
    AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: functionCount },
  }
}
