// The types of Parameter Store's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-ssm'
import type { Clock } from '#base/clock.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'

export type SsmModel = typeof model

export interface SsmDeps {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock: Clock
}

export type SsmInput<Op extends OperationName<SsmModel>> = Input<SsmModel, Op>
export type SsmOutput<Op extends OperationName<SsmModel>> = Output<SsmModel, Op>

/** What an operation file exports. */
export type SsmOperation<Op extends OperationName<SsmModel>> = Handler<SsmDeps, SsmInput<Op>, SsmOutput<Op>>
