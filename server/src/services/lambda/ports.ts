// What the Lambda service is built with. main.ts joins it; operations get it as their first argument.
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { Engine } from '#engine/engine.ts'
import type { Hops } from '#events/hops.ts'
import type { QueueSource } from '#events/queue-source.ts'
import type { StreamSource } from '#events/stream-source.ts'
import type { Target } from '#events/target.ts'
import type { Credentials } from '#identity/credentials.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { ConditionValues } from '#protocol/operation.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import type { LogWriter } from '#telemetry/logs.ts'
import type { UsageMeters } from '#telemetry/usage/usage-ledger.ts'
import type { AccountLimits } from './account-quotas.ts'
import type { DefaultNetwork } from './network-tags.ts'
import { ASYNC_AGE_MAX_MS, ASYNC_RETRY_DELAYS_MS, CONCURRENCY_MAX } from './limits.ts'

/** Where a deploy takes code from that lies in an object store. Services never import each other: main.ts passes it in. */
export interface CodeSource {
  read(location: {
    /** The account that deploys. */
    readonly account: string
    readonly region: string
    readonly bucket: string
    readonly key: string
    readonly version: string | undefined
  }): Promise<CodeSourceAnswer>
}

export type CodeSourceAnswer =
  | { readonly kind: 'found'; readonly body: AsyncIterable<Uint8Array> }
  /** `code` and `message` as the object store names them (`NoSuchKey`). */
  | { readonly kind: 'missing'; readonly code: string; readonly message: string }

/** The permissions of execution roles: functions send to destinations and read event sources with them. */
export interface ExecutionRoles {
  /** Whether what a role may not is refused; otherwise it is told in the log. */
  readonly enforced: boolean
  /** `missing`: there is no such role. `not-trusted`: it does not let Lambda assume it. Undefined: functions can run with it. */
  flaw(roleArn: string): Promise<'missing' | 'not-trusted' | undefined>
  /** Why a function of the account that runs with this role may not do this; undefined when it may. */
  refusal(
    holder: RoleHolder,
    action: string,
    resource: string,
    conditions?: ConditionValues,
  ): Promise<string | undefined>
}

export interface RoleHolder {
  /** The ARN of the execution role. */
  readonly role: string
  /** Of the function. */
  readonly account: string
}

export interface LambdaOptions {
  /** Waits before the second, third, ... attempt of an asynchronous invocation. */
  readonly asyncRetryDelaysMs: readonly number[]
  readonly asyncAgeMaxMs: number
  /** Instances of one version at once; what comes on top waits a moment and is then throttled. */
  readonly concurrencyMax: number
  /** Load an instance of the new code as soon as a function changed, so that the next invocation is warm. For dev. */
  readonly prepareChanges: boolean
  /** Where functions may connect to that do not say it themselves. */
  readonly network: DefaultNetwork
}

export const LAMBDA_OPTIONS: LambdaOptions = Object.freeze({
  asyncRetryDelaysMs: ASYNC_RETRY_DELAYS_MS,
  asyncAgeMaxMs: ASYNC_AGE_MAX_MS,
  concurrencyMax: CONCURRENCY_MAX,
  prepareChanges: false,
  network: 'internet',
})

/** Seals what only this server reads: what was sealed for a place opens at that place only. */
export interface Boxes {
  seal(place: string, secret: Uint8Array): string
  /** Throws when the box is not of this place. */
  open(place: string, box: string): Buffer
}

export interface LambdaPorts extends AccountLimits {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  /** Chooses the version that an alias with weights means, and spreads retries. */
  readonly random: Random
  readonly log: Log
  readonly engine: Engine
  readonly logs: LogWriter
  readonly usage: UsageMeters
  readonly credentials: Credentials
  readonly codeSource: CodeSource
  /** Encrypts variables under customers' keys. */
  readonly keys: KeyVault
  /** Seals all others. */
  readonly boxes: Boxes
  readonly hops: Hops
  readonly roles: ExecutionRoles
  /** By ARN; undefined when no service of this server has such resources. */
  targetFor(arn: string): Target | undefined
  queueSourceFor(arn: string): QueueSource | undefined
  streamSourceFor(arn: string): StreamSource | undefined
  readonly options?: Partial<LambdaOptions>
}
