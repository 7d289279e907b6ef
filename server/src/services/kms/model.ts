// The types of KMS's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-kms'
import type { Clock } from '#base/clock.ts'
import type { Vault } from '#identity/vault/vault.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'

export type KmsModel = typeof model

export interface KmsDeps {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
}

export type KmsInput<Op extends OperationName<KmsModel>> = Input<KmsModel, Op>
export type KmsOutput<Op extends OperationName<KmsModel>> = Output<KmsModel, Op>

/** What an operation file exports. */
export type KmsOperation<Op extends OperationName<KmsModel>> = Handler<KmsDeps, KmsInput<Op>, KmsOutput<Op>>
