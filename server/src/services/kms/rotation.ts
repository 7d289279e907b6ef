// New material for keys, and the end of keys whose time has come.
import type { KeyRecord, KeyVersion } from '#identity/vault/key-record.ts'
import { keyAliases, keyRecords } from '#identity/vault/key-record.ts'
import type { Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { aliasesOf } from './aliases.ts'
import { withoutMaterial } from './import.ts'
import { endGrantsOf } from './grants.ts'
import { SWEPT_MAX } from './limits.ts'
import type { KmsDeps } from './model.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

/** The key with a new version, which encrypts from now on. */
export function rotated({ vault }: KmsDeps, record: KeyRecord, reason: KeyVersion['reason']): KeyRecord {
  const version = (record.versions.at(-1)?.version ?? 0) + 1
  return { ...record, versions: [...record.versions, vault.newVersion(record, version, reason)] }
}

/** Rotates and deletes what is due. */
export async function sweepKeys(deps: KmsDeps): Promise<void> {
  const { store, clock } = deps
  const nowMs = clock.nowMs()
  const due = { prefix: [], before: [nowMs] }
  for (const { key } of await keyRecords.listIndex(store, 'rotateAt', due, { limit: SWEPT_MAX }))
    await transact(store, async (transaction) => {
      const record = (await keyRecords.get(transaction, key))?.value
      if (record?.rotation === undefined || record.rotation.nextMs > nowMs) return
      const { periodDays } = record.rotation
      const next = rotated(deps, record, 'automatic')
      await keyRecords.set(transaction, key, { ...next, rotation: { periodDays, nextMs: nowMs + periodDays * DAY_MS } })
    })
  for (const { key } of await keyRecords.listIndex(store, 'expireAt', due, { limit: SWEPT_MAX }))
    await transact(store, async (transaction) => {
      const record = (await keyRecords.get(transaction, key))?.value
      if (record?.expiresMs === undefined || record.expiresMs > nowMs) return
      const { state } = record
      const kept = withoutMaterial(record)
      await keyRecords.set(transaction, key, state.kind === 'pending-deletion' ? { ...kept, state } : kept)
    })
  for (const { key } of await keyRecords.listIndex(store, 'deleteAt', due, { limit: SWEPT_MAX }))
    await deleteKey(store, key, nowMs)
}

async function deleteKey(store: Store, key: Key, nowMs: number): Promise<void> {
  const found = (await keyRecords.get(store, key))?.value
  if (!isDue(found, nowMs)) return
  await endGrantsOf(store, found)
  await transact(store, async (transaction) => {
    const record = (await keyRecords.get(transaction, key))?.value
    if (!isDue(record, nowMs)) return
    const { account, region } = record
    for (const { name } of await aliasesOf(transaction, record))
      await keyAliases.delete(transaction, [account, region, name])
    await keyRecords.delete(transaction, key)
  })
}

function isDue(record: KeyRecord | undefined, nowMs: number): record is KeyRecord {
  return record?.state.kind === 'pending-deletion' && record.state.deleteAtMs <= nowMs
}
