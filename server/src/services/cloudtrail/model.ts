// The types of CloudTrail's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-cloudtrail'
import type { Journal } from '#audit/journal.ts'
import type { Clock } from '#base/clock.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'

export type CloudTrailModel = typeof model

export interface CloudTrailDeps {
  readonly journal: Journal
  readonly clock: Clock
}

export type CloudTrailInput<Op extends OperationName<CloudTrailModel>> = Input<CloudTrailModel, Op>
export type CloudTrailOutput<Op extends OperationName<CloudTrailModel>> = Output<CloudTrailModel, Op>

/** What an operation file exports. */
export type CloudTrailOperation<Op extends OperationName<CloudTrailModel>> = Handler<
  CloudTrailDeps,
  CloudTrailInput<Op>,
  CloudTrailOutput<Op>
>
