// Whether there is anything for a service to go on with: asked before the service is loaded, so that a server whose users
// do not use it does not carry it.
import type { Key, Store } from './store.ts'

/** Whether any entry lies at or below one of the keys. */
export async function anyStored(store: Pick<Store, 'list'>, prefixes: readonly Key[]): Promise<boolean> {
  for (const prefix of prefixes) if ((await store.list({ prefix }, { limit: 1 })).length > 0) return true
  return false
}
