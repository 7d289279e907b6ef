// ListMFADeviceTags: the tags of a virtual device.
import { requireDevice } from '../mfa.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listMFADeviceTags: IamOperation<'ListMFADeviceTags'> = async (deps, input, { account }) => {
  const device = await requireDevice(deps.identity.directory.store, account, input.SerialNumber)
  const page = pageOfList(device.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
