// CreateVirtualMFADevice: a seed for an authenticator. It is told once; EnableMFADevice gives the device to a user.
import { randomBytesOf } from '#base/ids.ts'
import { mfaDevices, mfaKey, serialNumber } from '#identity/directory/mfa-devices.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { readTags, showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const createVirtualMFADevice: IamOperation<'CreateVirtualMFADevice'> = async (deps, input, { account }) => {
  const name = required(input.VirtualMFADeviceName, 'virtualMFADeviceName')
  const { Path: path = '/' } = input
  new Constraints()
    .pattern('virtualMFADeviceName', name, /^[\w+=,.@-]{1,226}$/, String.raw`[\w+=,.@-]+`)
    .path('path', path)
    .check()
  const tags = readTags(input.Tags)
  const place = { account, name, path }
  const seed = randomBytesOf(deps.identity.mfa.seedBytes)
  await deps.identity.directory.change(async (transaction) => {
    if ((await mfaDevices.get(transaction, mfaKey(place))) !== undefined)
      throw alreadyExists('MFADevice entity at the same path and name already exists.')
    const sealed = deps.identity.mfa.seal(serialNumber(place), seed)
    await mfaDevices.set(transaction, mfaKey(place), { ...place, sealed, tags, driftSteps: 0, lastStep: 0 })
  })
  return {
    VirtualMFADevice: {
      SerialNumber: serialNumber(place),
      Base32StringSeed: Buffer.from(base32(seed)),
      ...(tags.length > 0 && { Tags: showTags(tags) }),
    },
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Seeds have a multiple of five bytes: nothing is padded. */
function base32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET.charAt(Number.parseInt(five, 2))).join('')
}
