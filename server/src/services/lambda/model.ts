// The types of Lambda's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-lambda'
import type { Input, OperationName, Output } from '#protocol/operation.ts'

export type LambdaModel = typeof model
export type LambdaInput<Op extends OperationName<LambdaModel>> = Input<LambdaModel, Op>
export type LambdaOutput<Op extends OperationName<LambdaModel>> = Output<LambdaModel, Op>
