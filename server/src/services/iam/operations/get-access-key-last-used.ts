// GetAccessKeyLastUsed: when and for which service a key last signed.
import { accessKeys } from '#identity/directory/stored-keys.ts'
import { keyUses } from '#identity/directory/usage.ts'
import { required } from '../constraints.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const getAccessKeyLastUsed: IamOperation<'GetAccessKeyLastUsed'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const id = required(input.AccessKeyId, 'accessKeyId')
  const key = (await accessKeys.get(store, [id]))?.value
  if (key?.account !== account) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  await deps.identity.usage.flush()
  const use = (await keyUses.get(store, [id]))?.value
  return {
    UserName: key.userName ?? '',
    AccessKeyLastUsed:
      use === undefined
        ? { ServiceName: 'N/A', Region: 'N/A', LastUsedDate: undefined }
        : { ServiceName: use.service, Region: use.region, LastUsedDate: new Date(use.usedMs) },
  }
}
