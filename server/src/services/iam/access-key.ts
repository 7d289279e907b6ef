// Access keys of users, and of root.
import { accessKeys, type AccessKeyRecord, type KeyOwner, ownerKey } from '#identity/directory/stored-keys.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Reader } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { noSuchEntity, validationError } from './errors.ts'

/** The calling user's name, where an operation may be called without one. Throws ValidationError for others. */
export function userNameOf({ principal }: RequestContext): string {
  if (principal.kind === 'user') return principal.userName
  throw validationError('Must specify userName when calling with non-User credentials')
}

export async function keysOf(reader: Reader, owner: KeyOwner): Promise<readonly AccessKeyRecord[]> {
  const found = await accessKeys.listIndex(reader, 'owner', { prefix: ownerKey(owner) })
  return found.map(({ value }) => value)
}

interface KeyName {
  readonly UserName?: string | undefined
  readonly AccessKeyId: string | undefined
}

/** The key, if it belongs to the user that the input names, or without a name to the caller. Throws NoSuchEntity. */
export async function requireKey(reader: Reader, context: RequestContext, input: KeyName): Promise<AccessKeyRecord> {
  const id = required(input.AccessKeyId, 'accessKeyId')
  const { account, principal } = context
  const isRoot = input.UserName === undefined && principal.kind === 'root'
  const wanted = isRoot ? undefined : (input.UserName ?? userNameOf(context))
  const key = (await accessKeys.get(reader, [id]))?.value
  const isTheirs = key?.account === account && key.userName?.toLowerCase() === wanted?.toLowerCase()
  if (key === undefined || !isTheirs) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  return key
}
