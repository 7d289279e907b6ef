// Renaming and deleting: what hangs on a name must follow it, and nothing may hang on what is deleted.
import { type ArnKind, groups, type GroupRecord, iamArn, nameKey, users } from '#identity/directory/records.ts'
import type { Directory } from '#identity/directory/directory.ts'
import { accessKeys } from '#identity/directory/stored-keys.ts'
import { nameOfCaller } from '#identity/policy/caller.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Key } from '#storage/store.ts'
import type { Transaction } from '#storage/transact.ts'
import { keysOf } from './access-key.ts'
import { GROUP, requireCarrier, USER } from './carriers.ts'
import { MEMBERS_MOVED_AT_ONCE } from './limits.ts'
import { accessDenied, alreadyExists, deleteConflict } from './errors.ts'
import type { IamDeps } from './model.ts'

interface NewPlace {
  readonly name: string | undefined
  readonly path: string | undefined
}

/**
 * Whoever moves something needs the same permission for the place it goes to. Throws AccessDenied.
 * Source: IAM API reference, "UpdateUser", "UpdateGroup", "UpdateServerCertificate".
 */
export async function requireMayMove(
  { identity }: IamDeps,
  { operation, permits, principal }: RequestContext,
  kind: ArnKind,
  record: Parameters<typeof iamArn>[1],
  place: NewPlace,
): Promise<void> {
  const { account } = record
  const target = iamArn(kind, { account, name: place.name ?? record.name, path: place.path ?? record.path })
  if (permits === undefined || target === iamArn(kind, record)) return
  const action = `iam:${operation}`
  if (await permits(action, target)) return
  const { caller } = await identity.directory.standingOf(principal)
  throw accessDenied(`User: ${nameOfCaller(caller)} is not authorized to perform: ${action} on resource: ${target}`)
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

/**
 * Members carry the name of their group, and all of them may be too many for one commit: some after the other they go over
 * to the new name, and for so long there are both. When it is interrupted the same call goes on with it: the group of the
 * new name is the same one. Throws NoSuchEntity, EntityAlreadyExists.
 */
export async function renameGroup(
  directory: Directory,
  account: string,
  oldName: string | undefined,
  place: NewPlace,
): Promise<void> {
  for (let after: Key | undefined, isDone = false; !isDone;)
    isDone = await directory.change(async (transaction) => {
      const group = await requireCarrier(transaction, GROUP, account, oldName)
      const name = place.name ?? group.name
      const isMove = name.toLowerCase() !== group.name.toLowerCase()
      const other = isMove ? await groups.get(transaction, nameKey(account, name)) : undefined
      if (other !== undefined && other.value.id !== group.id)
        throw alreadyExists(`Group with name ${name} already exists.`)
      const range = { prefix: [account, group.name.toLowerCase()], ...(after && { after }) }
      const page =
        place.name === undefined
          ? []
          : await users.listIndex(transaction, 'group', range, { limit: MEMBERS_MOVED_AT_ONCE })
      for (const { value: user } of page)
        await users.set(transaction, nameKey(account, user.name), {
          ...user,
          groups: user.groups.map((one) => (one.toLowerCase() === group.name.toLowerCase() ? name : one)),
        })
      // What was changed of it under its new name meanwhile stays.
      if (other === undefined)
        await groups.set(transaction, nameKey(account, name), { ...group, name, path: place.path ?? group.path })
      const isLast = page.length < MEMBERS_MOVED_AT_ONCE
      if (isMove && isLast) await groups.delete(transaction, nameKey(account, group.name))
      // Whoever went over is no longer in the list, unless only the case of the name is another one.
      if (!isMove) after = page.at(-1)?.indexKey
      return isLast
    })
}

/** Throws DeleteConflict while the identity carries policies. */
export function emptyCheck({ inline, attached }: GroupRecord): void {
  if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
  if (Object.keys(inline).length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.')
}
