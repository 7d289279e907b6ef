import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { checkPhoneNumber, isOptedOut } from '../sms.ts'

/** CheckIfPhoneNumberIsOptedOut. */
export async function checkIfPhoneNumberIsOptedOut(
  { store }: SnsDeps,
  input: SnsInput<'CheckIfPhoneNumberIsOptedOut'>,
  { account }: RequestContext,
): Promise<SnsOutput<'CheckIfPhoneNumberIsOptedOut'>> {
  return { isOptedOut: await isOptedOut(store, account, checkPhoneNumber(input.phoneNumber)) }
}
