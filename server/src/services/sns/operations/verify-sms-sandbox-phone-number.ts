// VerifySMSSandboxPhoneNumber: compares the password that was sent.
import { timingSafeEqual } from 'node:crypto'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { resourceNotFound, verificationFailed } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { checkPhoneNumber, sandboxNumbers } from '../sms.ts'

export async function verifySMSSandboxPhoneNumber(
  { store }: SnsDeps,
  input: SnsInput<'VerifySMSSandboxPhoneNumber'>,
  { account, region }: RequestContext,
): Promise<Record<string, never>> {
  const key = [account, region, checkPhoneNumber(input.PhoneNumber)]
  await transact(store, async (transaction) => {
    const found = (await sandboxNumbers.get(transaction, key))?.value
    if (found === undefined) throw resourceNotFound('The phone number is not in the SMS sandbox')
    if (found.status === 'Verified') return
    const given = Buffer.from(input.OneTimePassword ?? '')
    const wanted = Buffer.from(found.oneTimePassword)
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw verificationFailed()
    await sandboxNumbers.set(transaction, key, { status: 'Verified' })
  })
  return {}
}
