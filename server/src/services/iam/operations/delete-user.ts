// DeleteUser: deletes a user that nothing hangs on any more.
import { nameKey, type UserRecord, users } from '#identity/directory/records.ts'
import type { Collection } from '#storage/collection.ts'
import type { Reader } from '#storage/transact.ts'
import { keysOf } from '../access-key.ts'
import { USER, requireCarrier } from '../carriers.ts'
import { signingCertificates } from '../certificate.ts'
import { devicesOf } from '../mfa.ts'
import { type Owned, ownedBy } from '../owned.ts'
import { serviceCredentials } from '../service-credential.ts'
import { sshKeys } from '../ssh-key.ts'
import { emptyCheck } from '../entities.ts'
import { deleteConflict } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteUser: IamOperation<'DeleteUser'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const user = await requireCarrier(transaction, USER, account, input.UserName)
    emptyCheck(user)
    if (user.groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.')
    if (user.login !== undefined) throw deleteConflict('Cannot delete entity, must delete login profile first.')
    if ((await devicesOf(transaction, user)).length > 0)
      throw deleteConflict('Cannot delete entity, must delete MFA device first.')
    await refuseOwned(transaction, sshKeys, user, 'SSH public keys')
    await refuseOwned(transaction, signingCertificates, user, 'signing certificates')
    await refuseOwned(transaction, serviceCredentials, user, 'service-specific credentials')
    if ((await keysOf(transaction, { account, userName: user.name })).length > 0)
      throw deleteConflict('Cannot delete entity, must delete access keys first.')
    await users.delete(transaction, nameKey(account, user.name))
  })
  return {}
}

async function refuseOwned<T extends Owned>(
  reader: Reader,
  collection: Collection<T>,
  user: UserRecord,
  what: string,
): Promise<void> {
  if ((await ownedBy(reader, collection, user)).length > 0)
    throw deleteConflict(`Cannot delete entity, must delete ${what} first.`)
}
