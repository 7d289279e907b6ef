// The types of DynamoDB's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as DynamoSdk from '@aws-sdk/client-dynamodb'
import type { Input, OperationName, Output } from '#protocol/operation.ts'

export type DynamoModule = typeof DynamoSdk
export type DynamoInput<Op extends OperationName<DynamoModule>> = Input<DynamoModule, Op>
export type DynamoOutput<Op extends OperationName<DynamoModule>> = Output<DynamoModule, Op>
