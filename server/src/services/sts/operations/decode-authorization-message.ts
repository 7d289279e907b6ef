// DecodeAuthorizationMessage: what stands in the encoded message of a denial.
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { invalidAuthorizationMessage } from '../errors.ts'
import { checkText } from '../session-request.ts'

export async function decodeAuthorizationMessage(
  { identity }: StsDeps,
  input: StsInput<'DecodeAuthorizationMessage'>,
): Promise<StsOutput<'DecodeAuthorizationMessage'>> {
  const encoded = checkText('encodedMessage', input.EncodedMessage, /^\S+$/, String.raw`\S+`, 1, 10_240)
  const DecodedMessage = identity.denialMessages.decode(encoded)
  if (DecodedMessage === undefined) throw invalidAuthorizationMessage()
  return { DecodedMessage }
}
