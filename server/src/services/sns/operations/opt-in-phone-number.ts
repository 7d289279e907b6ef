import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { checkPhoneNumber, optOuts } from '../sms.ts'

/** OptInPhoneNumber: the number gets texts again. */
export async function optInPhoneNumber(
  { store }: SnsDeps,
  input: SnsInput<'OptInPhoneNumber'>,
  { account }: RequestContext,
): Promise<Record<string, never>> {
  const number = checkPhoneNumber(input.phoneNumber)
  await transact(store, (transaction) => optOuts.delete(transaction, [account, number]))
  return {}
}
