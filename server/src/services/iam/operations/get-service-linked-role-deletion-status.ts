// GetServiceLinkedRoleDeletionStatus: how far a deletion is: it was done at once.
import { required } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const getServiceLinkedRoleDeletionStatus: IamOperation<'GetServiceLinkedRoleDeletionStatus'> = async (
  _deps,
  input,
) => {
  required(input.DeletionTaskId, 'deletionTaskId')
  return { Status: 'SUCCEEDED' }
}
