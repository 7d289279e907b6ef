// GetTrail: one trail by name or ARN.
import type { CloudTrailOperation } from '../model.ts'
import { findTrail, viewOfTrail } from '../trail.ts'

export const getTrail: CloudTrailOperation<'GetTrail'> = async ({ store }, input, context) => ({
  Trail: viewOfTrail(await findTrail(store, input.Name, context)),
})
