// Whether there is anything for the service to go on with: asked before the service is loaded, so that a server whose users
// have no tables does not carry it.
import type { Store } from '#storage/store.ts'
import { JOBS_PREFIX, TABLES_PREFIX } from './table-record.ts'

export async function hasWork(store: Pick<Store, 'list'>): Promise<boolean> {
  for (const prefix of [TABLES_PREFIX, JOBS_PREFIX])
    if ((await store.list({ prefix: [prefix] }, { limit: 1 })).length > 0) return true
  return false
}
