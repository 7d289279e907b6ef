// The types of CloudTrail's operations, from the SDK's own, and what they are built with. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-cloudtrail'
import type { Sealer } from '#audit/chain.ts'
import type { DataSelection } from '#audit/data-selection.ts'
import type { Journal } from '#audit/journal.ts'
import type { Clock } from '#base/clock.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'

export type CloudTrailModel = typeof model

/** How often trails are delivered, for tests. */
export interface CloudTrailPace {
  readonly deliveryIntervalMs?: number
  readonly digestIntervalMs?: number
}

export type BucketRefusal =
  | { readonly kind: 'none' }
  /** There is no such bucket. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string }

export interface CloudTrailDeps {
  readonly store: Store
  readonly journal: Journal
  readonly selection: DataSelection
  readonly sealer: Sealer
  readonly clock: Clock
  /** Whether CloudTrail may write this key for this trail. */
  readonly bucketRefusal: (wish: {
    readonly bucket: string
    readonly key: string
    readonly trailArn: string
    readonly account: string
  }) => Promise<BucketRefusal>
}

export type CloudTrailInput<Op extends OperationName<CloudTrailModel>> = Input<CloudTrailModel, Op>
export type CloudTrailOutput<Op extends OperationName<CloudTrailModel>> = Output<CloudTrailModel, Op>

/** What an operation file exports. */
export type CloudTrailOperation<Op extends OperationName<CloudTrailModel>> = Handler<
  CloudTrailDeps,
  CloudTrailInput<Op>,
  CloudTrailOutput<Op>
>
