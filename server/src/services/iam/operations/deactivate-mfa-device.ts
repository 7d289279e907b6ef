// DeactivateMFADevice: takes a device from its user; it can be enabled again.
import { mfaDevices, mfaKey } from '#identity/directory/mfa-devices.ts'
import { userNameOf } from '../access-key.ts'
import { requireDeviceOf } from '../mfa.ts'
import type { IamOperation } from '../model.ts'

export const deactivateMFADevice: IamOperation<'DeactivateMFADevice'> = async (deps, input, context) => {
  const { SerialNumber, UserName = userNameOf(context) } = input
  await deps.identity.directory.change(async (transaction) => {
    const { device } = await requireDeviceOf(transaction, context.account, { UserName, SerialNumber })
    const { assigned: _assigned, ...free } = device
    await mfaDevices.set(transaction, mfaKey(device), free)
  })
  return {}
}
