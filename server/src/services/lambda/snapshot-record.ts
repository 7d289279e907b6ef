// Which published versions have SnapStart: one initialised instance of each is to stand by.
//   lambda.snapshots [account, region, functionId, version number]
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Transaction } from '#storage/transact.ts'
import type { FunctionRecord, VersionRecord } from './function-record.ts'

export const snapshots = new Collection<{ readonly name: string }>({ name: 'lambda.snapshots', codec: jsonCodec(1) })

/** Whether the version asks for it. Only published versions can have one. */
export function hasSnapshot({ version, snapStart }: VersionRecord): boolean {
  return snapStart === 'PublishedVersions' && version !== '$LATEST'
}

/** Notes it with a version that is published. */
export async function noteSnapshot(
  transaction: Transaction,
  { account, region, id, name }: FunctionRecord,
  version: VersionRecord,
): Promise<void> {
  if (hasSnapshot(version)) await snapshots.set(transaction, [account, region, id, Number(version.version)], { name })
}

/** Deletes the note with a version. */
export async function forgetSnapshot(
  transaction: Transaction,
  { account, region, id }: FunctionRecord,
  version: VersionRecord,
): Promise<void> {
  if (hasSnapshot(version)) await snapshots.delete(transaction, [account, region, id, Number(version.version)])
}
