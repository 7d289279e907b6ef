// UntagMFADevice: takes tags from a virtual device.
import { changeDevice } from '../mfa.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagMFADevice: IamOperation<'UntagMFADevice'> = async (deps, input, { account }) => {
  await changeDevice(deps, account, input.SerialNumber, (device) => ({
    ...device,
    tags: withoutTags(device.tags, input.TagKeys),
  }))
  return {}
}
