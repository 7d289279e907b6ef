// What SNS knows about phones: settings of an account, numbers that want no messages, numbers of the sandbox.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type Reader, transact } from '#storage/transact.ts'
import { invalidParameter } from './errors.ts'

const E164 = /^\+?[1-9]\d{1,14}$/

export function isPhoneNumber(text: string): boolean {
  return E164.test(text)
}

/** Throws InvalidParameter. */
export function checkPhoneNumber(text: string | undefined): string {
  if (text === undefined || !isPhoneNumber(text))
    throw invalidParameter('PhoneNumber Reason: input incorrectly formatted')
  return text
}

/** [account, region]. */
export const smsSettings = new Collection<Readonly<Record<string, string>>>({
  name: 'sns.sms-settings',
  codec: jsonCodec<Readonly<Record<string, string>>>(1),
})

interface OptOut {
  readonly sinceMs: number
}

/** [account, number]: the list belongs to the account. */
export const optOuts = new Collection<OptOut>({ name: 'sns.opt-outs', codec: jsonCodec<OptOut>(1) })

export async function isOptedOut(reader: Reader, account: string, number: string): Promise<boolean> {
  return (await optOuts.get(reader, [account, number])) !== undefined
}

/** Whether account and number could be such. */
export async function optOut(store: Store, account: string, number: string, nowMs: number): Promise<boolean> {
  if (!/^\d{12}$/.test(account) || !isPhoneNumber(number)) return false
  await transact(store, (transaction) => optOuts.set(transaction, [account, number], { sinceMs: nowMs }))
  return true
}

export type SandboxNumber =
  | { readonly status: 'Pending'; readonly oneTimePassword: string }
  | { readonly status: 'Verified' }

/** [account, region, number]. */
export const sandboxNumbers = new Collection<SandboxNumber>({
  name: 'sns.sandbox',
  codec: jsonCodec<SandboxNumber>(1),
})
