// CreateSMSSandboxPhoneNumber: a number that waits to be verified with a password that is sent to it: to the outbox.
import { newRequestId, randomBytesOf } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import { optedOut } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { keepSent } from '../sent-messages.ts'
import { checkPhoneNumber, isOptedOut, sandboxNumbers } from '../sms.ts'

const PASSWORDS = 1_000_000

export async function createSMSSandboxPhoneNumber(
  { store, clock }: SnsDeps,
  input: SnsInput<'CreateSMSSandboxPhoneNumber'>,
  { account, region }: RequestContext,
): Promise<Record<string, never>> {
  const number = checkPhoneNumber(input.PhoneNumber)
  if (await isOptedOut(store, account, number)) throw optedOut()
  const password = String(randomBytesOf(6).readUIntBE(0, 6) % PASSWORDS).padStart(6, '0')
  await transact(store, async (transaction) => {
    const before = await sandboxNumbers.get(transaction, [account, region, number])
    if (before?.value.status === 'Verified') return
    await sandboxNumbers.set(transaction, [account, region, number], { status: 'Pending', oneTimePassword: password })
  })
  await keepSent(store, {
    channel: 'sms',
    to: number,
    text: `Your verification code is ${password}`,
    messageId: newRequestId(),
    account,
    region,
    timeMs: clock.nowMs(),
  })
  return {}
}
