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
  /** Why Secrets Manager may not invoke a rotation function; undefined when it may. */
  refusal(rotation: RotationCall): Promise<string | undefined>
  /** Runs a rotation function and waits for its end. */
  invoke(rotation: RotationCall, payload: Uint8Array): Promise<RotationOutcome>
}

export interface RotationCall {
  readonly functionArn: string
  readonly secretArn: string
  /** Of the secret. */
  readonly account: string
}

export type RotationOutcome =
  | { readonly kind: 'succeeded' }
  /** `throttled`: it never ran. */
  | { readonly kind: 'failed'; readonly reason: string; readonly throttled: boolean }

export type SecretsInput<Op extends OperationName<SecretsModel>> = Input<SecretsModel, Op>
export type SecretsOutput<Op extends OperationName<SecretsModel>> = Output<SecretsModel, Op>

/** What an operation file exports. */
export type SecretsOperation<Op extends OperationName<SecretsModel>> = Handler<
  SecretsDeps,
  SecretsInput<Op>,
  SecretsOutput<Op>
>
