// The types of SNS's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-sns'
import type { Input, OperationName, Output } from '#protocol/operation.ts'

export type SnsModel = typeof model
export type SnsInput<Op extends OperationName<SnsModel>> = Input<SnsModel, Op>
export type SnsOutput<Op extends OperationName<SnsModel>> = Output<SnsModel, Op>
