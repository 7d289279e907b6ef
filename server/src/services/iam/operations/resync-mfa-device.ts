// ResyncMFADevice: learns anew how far the clock of a device is off.
import { mfaDevices, mfaKey } from '#identity/directory/mfa-devices.ts'
import { required } from '../constraints.ts'
import { invalidAuthenticationCode, requireDeviceOf } from '../mfa.ts'
import type { IamOperation } from '../model.ts'

export const resyncMFADevice: IamOperation<'ResyncMFADevice'> = async (deps, input, { account }) => {
  const first = required(input.AuthenticationCode1, 'authenticationCode1')
  const second = required(input.AuthenticationCode2, 'authenticationCode2')
  await deps.identity.directory.change(async (transaction) => {
    const { device } = await requireDeviceOf(transaction, account, input)
    const synchronised = deps.identity.mfa.synchronised(device, first, second, deps.clock.nowMs())
    if (synchronised === undefined) throw invalidAuthenticationCode(device)
    await mfaDevices.set(transaction, mfaKey(device), synchronised)
  })
  return {}
}
