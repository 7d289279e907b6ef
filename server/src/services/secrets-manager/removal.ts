// The end of a secret, at once or when its recovery window is over.
import { transact, type Transaction } from '#storage/transact.ts'
import { SWEPT_MAX } from './limits.ts'
import type { SecretsDeps } from './model.ts'
import { keyOf, type SecretRecord, secrets, secretVersions } from './secret.ts'

/** Deletes the record and all versions. */
export async function remove(transaction: Transaction, record: SecretRecord): Promise<void> {
  const { account, region, id, primaryRegion } = record
  await secrets.delete(transaction, keyOf(record))
  // A replica has no versions of its own.
  if (primaryRegion !== undefined) return
  for (const { key } of await secretVersions.list(transaction, { prefix: [account, region, id] }))
    await secretVersions.delete(transaction, key)
}

/** Deletes what nobody can restore any more. */
export async function sweepSecrets({ store, clock }: SecretsDeps): Promise<void> {
  const nowMs = clock.nowMs()
  const due = await secrets.listIndex(store, 'gone', { prefix: [], before: [nowMs] }, { limit: SWEPT_MAX })
  for (const { key } of due)
    await transact(store, async (transaction) => {
      const record = (await secrets.get(transaction, key))?.value
      if (record?.goneMs !== undefined && record.goneMs <= nowMs) await remove(transaction, record)
    })
}
