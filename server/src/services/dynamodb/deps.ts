// What the handlers of DynamoDB are given, and the short names of their inputs and outputs.
import type * as DynamoSdk from '@aws-sdk/client-dynamodb'
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'
import type { BucketPort } from './bucket-port.ts'
import type { ItemLocks } from './item-locks.ts'
import type { Jobs } from './jobs.ts'
import type { Tables } from './tables.ts'
import type { TableSizes } from './table-sizes.ts'
import type { Throughput } from './throughput.ts'

export type DynamoModule = typeof DynamoSdk
export type DynamoInput<Op extends OperationName<DynamoModule>> = Input<DynamoModule, Op>
export type DynamoOutput<Op extends OperationName<DynamoModule>> = Output<DynamoModule, Op>

/** What an operation file exports. */
export type DynamoOperation<Op extends OperationName<DynamoModule>> = Handler<
  DynamoDeps,
  DynamoInput<Op>,
  DynamoOutput<Op>
>

/** What the composition root gives. */
export interface DynamoOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Where exports go to and imports come from. */
  readonly buckets: BucketPort
  /** Where clients reach the server, for DescribeEndpoints. */
  readonly endpoint: () => string
}

/** What the handlers get: the options and the service's own moving parts. */
export interface DynamoDeps extends DynamoOptions {
  readonly tables: Tables
  readonly locks: ItemLocks
  readonly sizes: TableSizes
  readonly throughput: Throughput
  readonly jobs: Jobs
}
