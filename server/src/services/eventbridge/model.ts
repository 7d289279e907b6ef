// The types of EventBridge's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-eventbridge'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'
import type { EventBridgeDeps } from './deps.ts'

export type EventBridgeModel = typeof model
export type EventBridgeInput<Op extends OperationName<EventBridgeModel>> = Input<EventBridgeModel, Op>
export type EventBridgeOutput<Op extends OperationName<EventBridgeModel>> = Output<EventBridgeModel, Op>

/** What an operation file exports. */
export type EventBridgeOperation<Op extends OperationName<EventBridgeModel>> = Handler<
  EventBridgeDeps,
  EventBridgeInput<Op>,
  EventBridgeOutput<Op>
>
