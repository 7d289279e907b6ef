// The types of STS's operations, from the SDK's own. Types only: no SDK code is loaded.
import type * as model from '@aws-sdk/client-sts'
import type { Clock } from '#base/clock.ts'
import type { Identity } from '#identity/identity.ts'
import type { Input, OperationName, Output } from '#protocol/operation.ts'
import type { Issuers } from './issuers.ts'

export type StsModel = typeof model

export interface StsDeps {
  readonly identity: Identity
  readonly clock: Clock
  /** The keys of identity providers. */
  readonly issuers: Issuers
}

export type StsInput<Op extends OperationName<StsModel>> = Input<StsModel, Op>
export type StsOutput<Op extends OperationName<StsModel>> = Output<StsModel, Op>
