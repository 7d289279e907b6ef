// Instance profiles: stored for the templates that name them; nothing here runs with one.
import { type InstanceProfileRecord, instanceProfiles, nameKey } from '#identity/directory/records.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { noSuchEntity } from './errors.ts'
import type { IamDeps } from './model.ts'

/** Throws NoSuchEntity. */
export async function requireProfile(
  reader: Reader,
  account: string,
  name: string | undefined,
): Promise<InstanceProfileRecord> {
  const wanted = required(name, 'instanceProfileName')
  const found = await instanceProfiles.get(reader, nameKey(account, wanted))
  if (found === undefined) throw noSuchEntity(`Instance Profile ${wanted} cannot be found.`)
  return found.value
}

export async function changeProfile(
  { identity }: IamDeps,
  account: string,
  name: string | undefined,
  change: (
    profile: InstanceProfileRecord,
    transaction: Transaction,
  ) => InstanceProfileRecord | Promise<InstanceProfileRecord>,
): Promise<void> {
  await identity.directory.change(async (transaction) => {
    const next = await change(await requireProfile(transaction, account, name), transaction)
    await instanceProfiles.set(transaction, nameKey(account, next.name), next)
  })
}
