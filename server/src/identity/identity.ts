// The identity room, joined: keys, identities, policies and their use, over one store.
import type { Clock } from '#base/clock.ts'
import type { Store } from '#storage/store.ts'
import { Access } from './access.ts'
import { AccessKeys } from './access-keys.ts'
import { Directory } from './directory/directory.ts'
import { DenialMessages } from './denial-messages.ts'
import { MfaDevices } from './directory/mfa-devices.ts'
import { StoredKeys } from './directory/stored-keys.ts'
import { Usage } from './directory/usage.ts'
import { CompiledPolicies } from './policy/compiled-policies.ts'
import type { Vault } from './vault/vault.ts'

export interface Identity {
  readonly vault: Vault
  readonly stored: StoredKeys
  /** Who may sign. */
  readonly credentials: AccessKeys
  readonly directory: Directory
  readonly policies: CompiledPolicies
  /** Who may do what. */
  readonly access: Access
  readonly usage: Usage
  readonly mfa: MfaDevices
  readonly denialMessages: DenialMessages
  /** After a reset: drops everything kept of a store that was cleared. */
  forget(): Promise<void>
  close(): Promise<void>
}

export function openIdentity(options: {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
}): Identity {
  const { store, vault, clock } = options
  const stored = new StoredKeys({ store, vault, clock })
  const policies = new CompiledPolicies()
  const directory = new Directory(store, policies)
  const usage = new Usage(store, clock)
  return {
    vault,
    stored,
    credentials: new AccessKeys(stored),
    directory,
    policies,
    access: new Access(directory, policies),
    usage,
    mfa: new MfaDevices(store, vault),
    denialMessages: new DenialMessages(vault),
    async forget() {
      stored.forget()
      directory.forget()
      usage.forget()
      await vault.forget()
    },
    async close() {
      stored.close()
      directory.close()
      await usage.flush()
    },
  }
}
