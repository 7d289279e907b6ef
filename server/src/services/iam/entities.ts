// Renaming and deleting: what hangs on a name must follow it, and nothing may hang on what is deleted.
import { groups, type GroupRecord, nameKey, users } from '#identity/directory/records.ts'
import { accessKeys } from '#identity/directory/stored-keys.ts'
import type { Transaction } from '#storage/transact.ts'
import { keysOf } from './access-key.ts'
import { GROUP, requireCarrier, USER } from './carriers.ts'
import { alreadyExists, deleteConflict } from './errors.ts'

interface NewPlace {
  readonly name: string | undefined
  readonly path: string | undefined
}

/** Throws NoSuchEntity, EntityAlreadyExists. */
export async function renameUser(
  transaction: Transaction,
  account: string,
  oldName: string | undefined,
  place: NewPlace,
): Promise<void> {
  const user = await requireCarrier(transaction, USER, account, oldName)
  const name = place.name ?? user.name
  const isMove = name.toLowerCase() !== user.name.toLowerCase()
  if (isMove && (await users.get(transaction, nameKey(account, name))) !== undefined)
    throw alreadyExists(`User with name ${name} already exists.`)
  for (const key of await keysOf(transaction, { account, userName: user.name }))
    await accessKeys.set(transaction, [key.accessKeyId], { ...key, userName: name })
  if (isMove) await users.delete(transaction, nameKey(account, user.name))
  await users.set(transaction, nameKey(account, name), { ...user, name, path: place.path ?? user.path })
}

/** Throws NoSuchEntity, EntityAlreadyExists. */
export async function renameGroup(
  transaction: Transaction,
  account: string,
  oldName: string | undefined,
  place: NewPlace,
): Promise<void> {
  const group = await requireCarrier(transaction, GROUP, account, oldName)
  const name = place.name ?? group.name
  const isMove = name.toLowerCase() !== group.name.toLowerCase()
  if (isMove && (await groups.get(transaction, nameKey(account, name))) !== undefined)
    throw alreadyExists(`Group with name ${name} already exists.`)
  const members = await users.listIndex(transaction, 'group', { prefix: [account, group.name.toLowerCase()] })
  for (const { value: user } of members)
    await users.set(transaction, nameKey(account, user.name), {
      ...user,
      groups: user.groups.map((one) => (one === group.name ? name : one)),
    })
  if (isMove) await groups.delete(transaction, nameKey(account, group.name))
  await groups.set(transaction, nameKey(account, name), { ...group, name, path: place.path ?? group.path })
}

/** Throws DeleteConflict while the identity carries policies. */
export function emptyCheck({ inline, attached }: GroupRecord): void {
  if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
  if (Object.keys(inline).length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.')
}
