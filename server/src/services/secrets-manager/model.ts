// The types of Secrets Manager's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-secrets-manager'
import type { Clock } from '#base/clock.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'

export type SecretsModel = typeof model

export interface SecretsDeps {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock: Clock
}

export type SecretsInput<Op extends OperationName<SecretsModel>> = Input<SecretsModel, Op>
export type SecretsOutput<Op extends OperationName<SecretsModel>> = Output<SecretsModel, Op>

/** What an operation file exports. */
export type SecretsOperation<Op extends OperationName<SecretsModel>> = Handler<
  SecretsDeps,
  SecretsInput<Op>,
  SecretsOutput<Op>
>
