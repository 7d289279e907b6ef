// EnableMFADevice: gives a device to a user who shows two passwords in a row.
import { mfaDevices, mfaKey } from '#identity/directory/mfa-devices.ts'
import { requireCarrier, USER } from '../carriers.ts'
import { required } from '../constraints.ts'
import { alreadyExists, limitExceeded } from '../errors.ts'
import { MFA_DEVICES_PER_USER_MAX } from '../limits.ts'
import { devicesOf, invalidAuthenticationCode, requireDevice } from '../mfa.ts'
import type { IamOperation } from '../model.ts'

export const enableMFADevice: IamOperation<'EnableMFADevice'> = async (deps, input, { account }) => {
  const first = required(input.AuthenticationCode1, 'authenticationCode1')
  const second = required(input.AuthenticationCode2, 'authenticationCode2')
  await deps.identity.directory.change(async (transaction) => {
    const user = await requireCarrier(transaction, USER, account, input.UserName)
    const device = await requireDevice(transaction, account, input.SerialNumber)
    if (device.assigned !== undefined)
      throw alreadyExists(`MFA Device is already in use or has been assigned to another user: ${input.SerialNumber}`)
    if ((await devicesOf(transaction, user)).length >= MFA_DEVICES_PER_USER_MAX)
      throw limitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${MFA_DEVICES_PER_USER_MAX}`)
    const nowMs = deps.clock.nowMs()
    const synchronised = deps.identity.mfa.synchronised(device, first, second, nowMs)
    if (synchronised === undefined) throw invalidAuthenticationCode(device)
    const assigned = { userId: user.id, enabledMs: nowMs }
    await mfaDevices.set(transaction, mfaKey(device), { ...synchronised, assigned })
  })
  return {}
}
