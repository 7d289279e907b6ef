// UpdateRole: changes the description and the longest session of a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { Constraints } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const updateRole: IamOperation<'UpdateRole'> = async (deps, input, { account }) => {
  const { Description: description, MaxSessionDuration: seconds } = input
  new Constraints()
    .range('maxSessionDuration', seconds, { min: 3600, max: 43_200 })
    .length('description', description, { min: 0, max: 1000 })
    .check()
  await changeCarrier(deps, ROLE, account, input.RoleName, (role) => ({
    ...role,
    ...(description !== undefined && { description }),
    ...(seconds !== undefined && { sessionSecondsMax: seconds }),
  }))
  return {}
}
