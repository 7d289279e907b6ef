import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { resourceNotFound } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { checkPhoneNumber, sandboxNumbers } from '../sms.ts'

/** DeleteSMSSandboxPhoneNumber. Throws ResourceNotFound. */
export async function deleteSMSSandboxPhoneNumber(
  { store }: SnsDeps,
  input: SnsInput<'DeleteSMSSandboxPhoneNumber'>,
  { account, region }: RequestContext,
): Promise<Record<string, never>> {
  const key = [account, region, checkPhoneNumber(input.PhoneNumber)]
  await transact(store, async (transaction) => {
    if ((await sandboxNumbers.get(transaction, key)) === undefined)
      throw resourceNotFound('The phone number is not in the SMS sandbox')
    await sandboxNumbers.delete(transaction, key)
  })
  return {}
}
