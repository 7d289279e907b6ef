// What the handlers of DynamoDB Streams are given, and the short names of their inputs and outputs.
import type * as StreamsSdk from '@aws-sdk/client-dynamodb-streams'
import type { Clock } from '#base/clock.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'

export type StreamsModule = typeof StreamsSdk
export type StreamsInput<Op extends OperationName<StreamsModule>> = Input<StreamsModule, Op>
export type StreamsOutput<Op extends OperationName<StreamsModule>> = Output<StreamsModule, Op>

/** What an operation file exports. */
export type StreamsOperation<Op extends OperationName<StreamsModule>> = Handler<
  StreamsDeps,
  StreamsInput<Op>,
  StreamsOutput<Op>
>

export interface StreamsDeps {
  readonly store: Store
  readonly clock: Clock
}
