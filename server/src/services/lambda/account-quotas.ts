// The quotas of an account, where it has any: functions, code, and instances at once. What AWS has no error for is told as
// the limit of an account's code.
import type { AccountQuotas } from '#identity/quotas/account-quotas.ts'
import type { StorageQuota } from '#identity/quotas/storage-quota.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Store } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { codeStorageExceeded } from './errors.ts'
import { type FunctionRecord, functions, versions } from './function-record.ts'
import { layerVersions } from './layer-record.ts'
import { CONCURRENCY_MAX } from './limits.ts'
import { codeBytesOf } from './package-type.ts'

/** What an account may have; the ports of the service. */
export interface AccountLimits {
  readonly quotas: Pick<AccountQuotas, 'of' | 'onChange'>
  readonly storage: Pick<StorageQuota, 'within'>
}

/** Refuses one function more than the quota. Throws CodeStorageExceededException. */
export async function checkFunctionQuota(
  { quotas }: AccountLimits,
  transaction: Transaction,
  account: string,
): Promise<void> {
  const { functions: max } = quotas.of(account)
  if (max === undefined) return
  if ((await countFunctions(transaction, account)) >= max)
    throw codeStorageExceeded(`The account has its quota of ${max} functions.`)
}

/** Does `work`, which keeps code of `bytes` bytes. Throws CodeStorageExceededException. */
export function withinCodeStorage<T>(
  { storage }: AccountLimits,
  account: string,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  return storage.within(account, bytes, work, (bytesMax) =>
    codeStorageExceeded(`Code storage limit of ${bytesMax} bytes exceeded.`),
  )
}

/** Instances of functions that the account may have at once in a region. */
export function concurrencyMaxOf({ quotas }: AccountLimits, account: string, serverMax = CONCURRENCY_MAX): number {
  return Math.min(serverMax, CONCURRENCY_MAX, quotas.of(account).concurrency ?? CONCURRENCY_MAX)
}

export async function countFunctions(reader: Reader, account: string): Promise<number> {
  let count = 0
  await eachFunction(reader, account, () => void count++)
  return count
}

/** Packages of functions, their versions and layers, as they were sent. A version that shares its package counts again. */
export async function storedCodeBytes(store: Store, account: string): Promise<number> {
  let bytes = 0
  await eachFunction(store, account, async ({ id, latest }) => {
    bytes += codeBytesOf(latest.code)
    await eachStored(
      (after) => versions.list(store, { prefix: [id], ...(after && { after }) }),
      ({ value }) => void (bytes += codeBytesOf(value.code)),
    )
  })
  await eachStored(
    (after) => layerVersions.list(store, { prefix: [account], ...(after && { after }) }),
    ({ value }) => void (bytes += value.code.zipBytes),
  )
  return bytes
}

function eachFunction(
  reader: Reader,
  account: string,
  visit: (record: FunctionRecord) => void | Promise<void>,
): Promise<void> {
  return eachStored(
    (after) => functions.list(reader, { prefix: [account], ...(after && { after }) }),
    ({ value }) => visit(value),
  )
}
