// GetMFADevice: one device, and whose it is.
import { users } from '#identity/directory/records.ts'
import { serialNumber } from '#identity/directory/mfa-devices.ts'
import { all } from '../authorization-details.ts'
import { requireDevice, requireDeviceOf } from '../mfa.ts'
import type { IamOperation } from '../model.ts'

export const getMFADevice: IamOperation<'GetMFADevice'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const device =
    input.UserName === undefined
      ? await requireDevice(store, account, input.SerialNumber)
      : (await requireDeviceOf(store, account, { UserName: input.UserName, SerialNumber: input.SerialNumber })).device
  const { assigned } = device
  const user = assigned && (await all(store, users, account)).find(({ id }) => id === assigned.userId)
  return {
    SerialNumber: serialNumber(device),
    ...(user !== undefined && { UserName: user.name }),
    ...(assigned !== undefined && { EnableDate: new Date(assigned.enabledMs) }),
  }
}
