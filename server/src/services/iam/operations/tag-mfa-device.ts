// TagMFADevice: adds tags to a virtual device, or changes their values.
import { changeDevice } from '../mfa.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagMFADevice: IamOperation<'TagMFADevice'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeDevice(deps, account, input.SerialNumber, (device) => ({
    ...device,
    tags: mergeTags(device.tags, added),
  }))
  return {}
}
