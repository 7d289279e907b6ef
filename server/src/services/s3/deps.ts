// What the handlers of S3 are given, and the short names of their inputs and outputs.
import type * as S3Sdk from '@aws-sdk/client-s3'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Principal } from '#base/principal.ts'
import type { CompiledPolicies } from '#identity/policy/compiled-policies.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import type { StorageQuota } from '#identity/quotas/storage-quota.ts'
import type { Input, OperationName, Output } from '#protocol/operation.ts'
import type { Blobs } from '#storage/blobs.ts'
import type { Store } from '#storage/store.ts'
import type { BodyThreads } from './body-threads/body-threads.ts'
import type { SeenBuckets } from './seen-buckets.ts'
import type { SeenObjects } from './seen-objects.ts'
import type { Sequencer } from './sequencer.ts'
import type { NotificationDestinations } from './notification.ts'
import type { S3Pace } from './pace.ts'
import type { RemoteBuckets } from './remotes.ts'
import type { ObjectKeys, OwnSeal } from './encryption/object-keys.ts'
import type { DocumentCache } from './settings/documents.ts'
import type { Trash } from './trash.ts'

export type S3Module = typeof S3Sdk
export type S3Input<Op extends OperationName<S3Module>> = Input<S3Module, Op>
export type S3Output<Op extends OperationName<S3Module>> = Output<S3Module, Op>

/** What the composition root gives. */
export interface S3Options {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  readonly log: Log
  /** Asked before a notification configuration is accepted. */
  readonly destinations: NotificationDestinations
  /** How far along a chain of events the caller is (events/hops.ts). */
  readonly hops: { next(principal: Principal): number }
  readonly remotes: RemoteBuckets
  /** The keys that encrypt what is at rest. */
  readonly vault: KeyVault & OwnSeal
  readonly pace: S3Pace
  /** Where accounts have a quota of bytes. */
  readonly storage: Pick<StorageQuota, 'isLimited' | 'within'>
}

/** What the handlers get: the options and the service's own moving parts. */
export interface S3Deps extends S3Options {
  readonly trash: Trash
  readonly sequencer: Sequencer
  readonly bodyThreads: BodyThreads
  readonly documents: DocumentCache
  readonly objectKeys: ObjectKeys
  readonly seen: SeenBuckets
  readonly seenObjects: SeenObjects
  readonly policies: CompiledPolicies
}
