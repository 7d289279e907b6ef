// DeleteVirtualMFADevice: deletes a device that nobody has any more.
import { mfaDevices, mfaKey } from '#identity/directory/mfa-devices.ts'
import { deleteConflict } from '../errors.ts'
import { requireDevice } from '../mfa.ts'
import type { IamOperation } from '../model.ts'

export const deleteVirtualMFADevice: IamOperation<'DeleteVirtualMFADevice'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const device = await requireDevice(transaction, account, input.SerialNumber)
    if (device.assigned !== undefined) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
    await mfaDevices.delete(transaction, mfaKey(device))
  })
  return {}
}
