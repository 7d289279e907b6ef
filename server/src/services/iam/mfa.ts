// What the operations on MFA devices have in common.
import { findDevice, type MfaDeviceRecord, mfaDevices, mfaKey, serialNumber } from '#identity/directory/mfa-devices.ts'
import type { UserRecord } from '#identity/directory/records.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Reader } from '#storage/transact.ts'
import { requireCarrier, USER } from './carriers.ts'
import { required } from './constraints.ts'
import { noSuchEntity } from './errors.ts'
import type { IamDeps } from './model.ts'

/** Throws NoSuchEntity. */
export async function requireDevice(
  reader: Reader,
  account: string,
  given: string | undefined,
): Promise<MfaDeviceRecord> {
  const serial = required(given, 'serialNumber')
  const device = await findDevice(reader, serial)
  if (device?.account !== account) throw noSuchEntity(`VirtualMFADevice with serial number ${serial} does not exist.`)
  return device
}

/** Throws NoSuchEntity for a device that is not this user's. */
export async function requireDeviceOf(
  reader: Reader,
  account: string,
  { UserName, SerialNumber }: { readonly UserName: string | undefined; readonly SerialNumber: string | undefined },
): Promise<{ readonly user: UserRecord; readonly device: MfaDeviceRecord }> {
  const user = await requireCarrier(reader, USER, account, UserName)
  const device = await requireDevice(reader, account, SerialNumber)
  if (device.assigned?.userId !== user.id)
    throw noSuchEntity(`MFA Device with serial number ${SerialNumber} does not exist for user ${user.name}.`)
  return { user, device }
}

export async function devicesOf(reader: Reader, { account, id }: UserRecord): Promise<readonly MfaDeviceRecord[]> {
  return (await mfaDevices.listIndex(reader, 'user', { prefix: [account, id] })).map(({ value }) => value)
}

/** Changes the device in one commit. */
export function changeDevice(
  { identity }: IamDeps,
  account: string,
  serial: string | undefined,
  change: (device: MfaDeviceRecord) => MfaDeviceRecord,
): Promise<void> {
  return identity.directory.change(async (transaction) => {
    const device = await requireDevice(transaction, account, serial)
    await mfaDevices.set(transaction, mfaKey(device), change(device))
  })
}

export function invalidAuthenticationCode(device: MfaDeviceRecord): AwsError {
  return new AwsError(
    'InvalidAuthenticationCode',
    403,
    `Authentication code for device ${serialNumber(device)} is not valid.`,
  )
}
