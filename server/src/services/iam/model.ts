// The types of IAM's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-iam'
import type { Clock } from '#base/clock.ts'
import type { Identity } from '#identity/identity.ts'
import type { Reports } from './kept-reports.ts'
import type { Handler, Input, OperationName, Output } from '#protocol/operation.ts'

export type IamModel = typeof model

export interface IamDeps {
  readonly identity: Identity
  readonly clock: Clock
  readonly reports: Reports
}

export type IamInput<Op extends OperationName<IamModel>> = Input<IamModel, Op>
export type IamOutput<Op extends OperationName<IamModel>> = Output<IamModel, Op>

/** What an operation file exports. */
export type IamOperation<Op extends OperationName<IamModel>> = Handler<IamDeps, IamInput<Op>, IamOutput<Op>>
