// What durable executions store counts to the storage quota of their account. Where it is used up they are throttled, not
// refused: an execution that is under way goes on when there is room.
import { AwsError } from '#protocol/errors.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Store } from '#storage/store.ts'
import type { AccountLimits } from '../account-quotas.ts'
import { executions } from './execution-record.ts'

/** Does `work`, which keeps `bytes` bytes of executions. Throws TooManyRequestsException. */
export function withinExecutionStorage<T>(
  { storage }: Pick<AccountLimits, 'storage'>,
  account: string,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  return storage.within(account, bytes, work, (bytesMax) => {
    const message = `The account stores ${bytesMax} bytes, which is its quota; durable executions have no room.`
    return new AwsError('TooManyRequestsException', 429, message, { fields: { Type: 'User' } })
  })
}

/** Inputs, checkpoints and their events, of all executions that are kept. */
export async function storedExecutionBytes(store: Store, account: string): Promise<number> {
  let bytes = 0
  await eachStored(
    (after) => executions.list(store, { prefix: [account], ...(after && { after }) }),
    ({ value }) => void (bytes += value.inputBytes + 2 * value.bytes),
  )
  return bytes
}
