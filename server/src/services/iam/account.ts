// The account itself: its alias and its rules for passwords.
import { type AccountRecord, accounts } from '#identity/directory/records.ts'
import type { Transaction } from '#storage/transact.ts'
import type { IamDeps } from './model.ts'

/** Accounts that were never written (`mayfly dev` knows any) are plain. */
export async function readAccount({ identity }: IamDeps, account: string): Promise<AccountRecord> {
  return (await accounts.get(identity.directory.store, [account]))?.value ?? { account, createdMs: 0 }
}

export async function changeAccount(
  { identity, clock }: IamDeps,
  account: string,
  change: (record: AccountRecord, transaction: Transaction) => AccountRecord | Promise<AccountRecord>,
): Promise<void> {
  await identity.directory.change(async (transaction) => {
    const found = (await accounts.get(transaction, [account]))?.value ?? { account, createdMs: clock.nowMs() }
    await accounts.set(transaction, [account], await change(found, transaction))
  })
}
