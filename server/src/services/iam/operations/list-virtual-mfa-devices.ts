// ListVirtualMFADevices: the devices of the account, without their seeds.
import { mfaDevices, serialNumber } from '#identity/directory/mfa-devices.ts'
import { users } from '#identity/directory/records.ts'
import { all } from '../authorization-details.ts'
import { pageOfRecords } from '../pages.ts'
import { showUser } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listVirtualMFADevices: IamOperation<'ListVirtualMFADevices'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const { AssignmentStatus: status = 'Any' } = input
  const page = await pageOfRecords(
    store,
    mfaDevices,
    account,
    input,
    ({ assigned }) => status === 'Any' || (status === 'Assigned') === (assigned !== undefined),
  )
  const byId = new Map((await all(store, users, account)).map((user) => [user.id, user]))
  return {
    VirtualMFADevices: page.items.map((device) => {
      const user = device.assigned && byId.get(device.assigned.userId)
      return {
        SerialNumber: serialNumber(device),
        ...(device.assigned !== undefined && { EnableDate: new Date(device.assigned.enabledMs) }),
        ...(user !== undefined && { User: showUser(user) }),
      }
    }),
    ...page.end,
  }
}
