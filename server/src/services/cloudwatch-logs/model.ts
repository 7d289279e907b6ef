// The types of CloudWatch Logs' operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-cloudwatch-logs'
import type { Clock } from '#base/clock.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { LogStore } from '#telemetry/log-store.ts'

export type LogsModel = typeof model

export interface LogsDeps {
  readonly logs: LogStore
  readonly clock: Clock
  /** Aborted when the server is about to close: answers without an end then end. */
  readonly draining: AbortSignal
}

/** What an operation file exports. */
export type LogsOperation<Op extends OperationName<LogsModel>> = Handler<
  LogsDeps,
  Input<LogsModel, Op>,
  Output<LogsModel, Op>
>
