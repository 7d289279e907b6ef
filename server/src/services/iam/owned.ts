// What users upload or are given besides access keys: SSH keys, signing certificates, credentials for one service. Each
// belongs to a user by the user's id, so that a new name of the user changes nothing.
import type { UserRecord } from '#identity/directory/records.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Collection } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { userNameOf } from './access-key.ts'
import { requireCarrier, USER } from './carriers.ts'
import { required } from './constraints.ts'
import { noSuchEntity, validationError } from './errors.ts'
import type { IamDeps } from './model.ts'

export type Status = 'Active' | 'Inactive'

export interface Owned {
  readonly account: string
  readonly userId: string
  readonly id: string
  readonly status: Status
  readonly createdMs: number
}

/** Of every collection of owned things: key [account, id]; index `user`: [account, id of the user]. */
export function ownedKey({ account, id }: Pick<Owned, 'account' | 'id'>): Key {
  return [account, id]
}

/** The user that the input names, or without a name the caller. Throws NoSuchEntity. */
export function userOf(reader: Reader, userName: string | undefined, context: RequestContext): Promise<UserRecord> {
  return requireCarrier(reader, USER, context.account, userName ?? userNameOf(context))
}

export async function ownedBy<T extends Owned>(
  reader: Reader,
  collection: Collection<T>,
  { account, id }: Pick<UserRecord, 'account' | 'id'>,
): Promise<readonly T[]> {
  return (await collection.listIndex(reader, 'user', { prefix: [account, id] })).map(({ value }) => value)
}

/** Throws NoSuchEntity for what is not this user's. `what` is how the message calls it. */
export async function requireOwned<T extends Owned>(
  reader: Reader,
  collection: Collection<T>,
  user: UserRecord,
  given: string | undefined,
  what: string,
): Promise<T> {
  const id = required(given, 'id')
  const found = (await collection.get(reader, ownedKey({ account: user.account, id })))?.value
  if (found?.userId !== user.id) throw noSuchEntity(`The ${what} with id ${id} cannot be found.`)
  return found
}

interface Named<T extends Owned> {
  readonly collection: Collection<T>
  readonly what: string
  readonly userName: string | undefined
  readonly id: string | undefined
}

/** Changes or deletes (`change` answers undefined) one thing of a user, in one commit. */
export function changeOwned<T extends Owned>(
  { identity }: IamDeps,
  context: RequestContext,
  { collection, what, userName, id }: Named<T>,
  change: (found: T) => T | undefined,
): Promise<T> {
  return identity.directory.change(async (transaction: Transaction) => {
    const user = await userOf(transaction, userName, context)
    const found = await requireOwned(transaction, collection, user, id, what)
    const next = change(found)
    if (next === undefined) await collection.delete(transaction, ownedKey(found))
    else await collection.set(transaction, ownedKey(found), next)
    return next ?? found
  })
}

/** Throws ValidationError. */
export function readStatus(status: string | undefined): Status {
  if (status === 'Active' || status === 'Inactive') return status
  throw validationError(
    `1 validation error detected: Value '${status}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]`,
  )
}
