// Accounts of this server: each is a tenant of its own, with its own root key. Nothing of one is visible to another, since
// the account is part of every key.
import { randomDigits } from '#base/ids.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { type AccountRecord, accounts } from './directory/records.ts'
import type { RootKey, StoredKeys } from './directory/stored-keys.ts'

const ACCOUNT_DIGITS = 12

/** Makes an account with a number of its own. The secret of its root key is told this once. */
export async function createTenant(
  store: Store,
  stored: StoredKeys,
  name: string | undefined,
): Promise<{ readonly record: AccountRecord; readonly key: RootKey }> {
  for (;;) {
    const account = randomDigits(ACCOUNT_DIGITS)
    if (account.startsWith('0') || (await accounts.get(store, [account])) !== undefined) continue
    const { isNew, ...key } = await stored.ensureAccount(account)
    // Somebody was quicker with the same number.
    if (!isNew) continue
    const record = await transact(store, async (transaction) => {
      const made = (await accounts.get(transaction, [account]))?.value ?? { account, createdMs: 0 }
      const named = { ...made, ...(name !== undefined && { name }) }
      await accounts.set(transaction, [account], named)
      return named
    })
    return { record, key }
  }
}

export async function listTenants(store: Store): Promise<readonly AccountRecord[]> {
  const found: AccountRecord[] = []
  await eachStored(
    (after) => accounts.list(store, { prefix: [], ...(after && { after }) }),
    ({ value }) => void found.push(value),
  )
  return found
}

export async function findTenant(store: Store, account: string): Promise<AccountRecord | undefined> {
  return (await accounts.get(store, [account]))?.value
}
