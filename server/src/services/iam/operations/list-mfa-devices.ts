// ListMFADevices: the devices of a user; without a name, of the caller.
import { serialNumber } from '#identity/directory/mfa-devices.ts'
import { userNameOf } from '../access-key.ts'
import { requireCarrier, USER } from '../carriers.ts'
import { devicesOf } from '../mfa.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listMFADevices: IamOperation<'ListMFADevices'> = async (deps, input, context) => {
  const { store } = deps.identity.directory
  // Root has none here.
  if (input.UserName === undefined && context.principal.kind === 'root') return { MFADevices: [], IsTruncated: false }
  const user = await requireCarrier(store, USER, context.account, input.UserName ?? userNameOf(context))
  const page = pageOfList(await devicesOf(store, user), serialNumber, input)
  return {
    MFADevices: page.items.map((device) => ({
      UserName: user.name,
      SerialNumber: serialNumber(device),
      EnableDate: new Date(device.assigned?.enabledMs ?? 0),
    })),
    ...page.end,
  }
}
