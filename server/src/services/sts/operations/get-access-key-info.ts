// GetAccessKeyInfo: the account that a key belongs to.
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { validationError } from '../errors.ts'
import { checkText } from '../session-request.ts'

export async function getAccessKeyInfo(
  { identity }: StsDeps,
  input: StsInput<'GetAccessKeyInfo'>,
): Promise<StsOutput<'GetAccessKeyInfo'>> {
  const id = checkText('accessKeyId', input.AccessKeyId, /^\w*$/, String.raw`[\w]*`, 16, 128)
  const account = await identity.stored.accountOf(identity.directory.store, id)
  if (account === undefined) throw validationError(`The access key ${id} is not known here.`)
  return { Account: account }
}
