// What the handlers of DynamoDB are given.
import type { Turns } from '#base/turns.ts'
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import type { Handler, OperationName } from '#protocol/operation.ts'
import type { Store } from '#storage/store.ts'
import type { BucketPort } from './bucket-port.ts'
import type { Jobs } from './jobs.ts'
import type { DynamoInput, DynamoModule, DynamoOutput } from './model.ts'
import type { Tables } from './tables.ts'
import type { TableSizes } from './table-sizes.ts'
import type { Throughput } from './throughput.ts'

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
  /** Of the writers of one item in this process. */
  readonly turns: Turns
  readonly sizes: TableSizes
  readonly throughput: Throughput
  readonly jobs: Jobs
}
