// What one service brings to the server, and what it finds there. Services do not know each other: whatever crosses from
// one to another goes through the ports of events/, which are found here by the service that an ARN names.
import type { DataSelection } from '#audit/data-selection.ts'
import type { Journal } from '#audit/journal.ts'
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { NodeIdentity } from '#cluster/lease.ts'
import type { Engine } from '#engine/engine.ts'
import type { Hops } from '#events/hops.ts'
import type { QueueSource } from '#events/queue-source.ts'
import type { StreamSource } from '#events/stream-source.ts'
import type { OriginOf, Renderer, Target } from '#events/target.ts'
import type { Denials } from '#gateway/denials.ts'
import type { InternalRoute } from '#gateway/internal-routes.ts'
import type { AccessKeys } from '#identity/access-keys.ts'
import type { Identity } from '#identity/identity.ts'
import type { AccountQuotas } from '#identity/quotas/account-quotas.ts'
import type { StorageQuota } from '#identity/quotas/storage-quota.ts'
import type { Vault } from '#identity/vault/vault.ts'
import type { Service } from '#protocol/operation.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { CloudTrailPace } from '#services/cloudtrail/model.ts'
import type { LambdaOptions } from '#services/lambda/ports.ts'
import type { S3Pace } from '#services/s3/pace.ts'
import type { RemoteBuckets } from '#services/s3/remotes.ts'
import type { BlobId, Blobs } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import type { LogStore } from '#telemetry/log-store.ts'
import type { UsageLedger } from '#telemetry/usage/usage-ledger.ts'
import type { ServerMode } from '../config.ts'
import type { Deadline } from '../deadline.ts'
import type { EngineStart } from '../engine-start.ts'
import type { ServiceLoader } from '../service-registry.ts'
import type { SenderPermission } from './sender-permission.ts'

/** What the composition root gives. */
export interface WorkshopOptions {
  readonly mode: ServerMode
  /** This node, for what has one owner at a time. */
  readonly node: NodeIdentity
  readonly store: Store
  readonly blobs: Blobs
  readonly credentials: AccessKeys
  readonly identity: Identity
  readonly denials: Denials
  /** Whether permissions are enforced, or only told of. */
  readonly enforce: boolean
  /** Services that only encrypt take it as a KeyVault. */
  readonly vault: Vault
  readonly quotas: AccountQuotas
  /** What was recorded of calls, and which data calls are. */
  readonly journal: Journal
  readonly selection: DataSelection
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly engineStart: EngineStart
  /** For journals of what functions use. */
  readonly usageFolder: string
  /** Whether users may have this machine and its network called (events/http-sender.ts). */
  readonly allowPrivateEndpoints: boolean
  readonly fifoCallsPerSecondMax: number | undefined
  readonly lambda: Partial<LambdaOptions>
  readonly cloudTrail: CloudTrailPace
  readonly s3: Partial<S3Pace>
  readonly s3Remotes: RemoteBuckets
}

/** What a part finds around it. Nothing of it may be used before it is needed: start-up time is measured. */
export interface Surroundings extends WorkshopOptions {
  /** Holds what accounts store to their quotas. */
  readonly storage: StorageQuota
  readonly logs: LogStore
  readonly hops: Hops
  /** Opened by its first use. */
  readonly usage: () => Promise<UsageLedger>
  /** Rejects when the engine fails to start or the server closes before. */
  readonly engine: Promise<Engine>
  /** Aborted when answers that would never end by themselves must end: long polls, live tails. */
  readonly draining: AbortSignal
  /** Aborted when background work must end. */
  readonly closing: AbortSignal
  /** Where clients of this machine reach the server, `http://127.0.0.1:4566`; known once it listens. */
  readonly endpoint: () => string
  /** What services and execution roles may do where no client calls. */
  readonly permission: SenderPermission
  /** Another service, for the few places that must call an operation of it in process. */
  readonly service: (id: ServiceId) => Promise<Service>
  /** By the ARN's service field; opened when first used. Undefined when nothing of that service takes events. */
  readonly targetFor: (arn: string) => Target | undefined
  readonly queueSourceFor: (arn: string) => QueueSource | undefined
  readonly streamSourceFor: (arn: string) => StreamSource | undefined
}

/** By the service field of an ARN: `sqs`, `lambda`, `dynamodb`. */
type ByArnService<T> = Readonly<Record<string, () => Promise<T>>>

export interface Part {
  readonly services: Readonly<Partial<Record<ServiceId, ServiceLoader>>>
  readonly routes?: readonly InternalRoute[]
  /** The name that a Destination carries is the ARN's service field. */
  readonly targets?: ByArnService<Target>
  /** By the envelope's source. */
  renderers?(): Promise<Readonly<Record<string, Renderer>>>
  /** By the envelope's source: who sends, where the receiver must permit it. */
  origins?(): Promise<Readonly<Record<string, OriginOf>>>
  readonly queueSources?: ByArnService<QueueSource>
  readonly streamSources?: ByArnService<StreamSource>
  /**
   * Begins work in the background: what a former life left, sweeps, pollers. Called when the server answers; must not
   * hold it up, and must end with `closing`.
   */
  start?(): Promise<void>
  /** Forgets what is in memory of a store that was cleared. */
  forget?(): void
  /** What this service stores of an account, in bytes; for quotas. */
  storageBytes?(account: string): Promise<number>
  /** For the sweeper: does something of this service refer to the blob? */
  isBlobReferenced?(id: BlobId): Promise<boolean>
  /** After `closing`: waits for what is under way. Called only once, also when the part was never used. */
  close?(deadline: Deadline): Promise<void>
}
