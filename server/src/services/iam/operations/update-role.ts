// UpdateRole: changes the description and the longest session of a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { Constraints } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const updateRole: IamOperation<'UpdateRole'> = async (deps, input, { account }) => {
  const { Description: description, MaxSessionDuration: seconds } = input
  new Constraints()
    .range('maxSessionDuration', seconds, 3600, 43_200)
    .length('description', description, 0, 1000)
    .check()
  await changeCarrier(deps, ROLE, account, input.RoleName, (role) => ({
    ...role,
    ...(description !== undefined && { description }),
    ...(seconds !== undefined && { sessionSecondsMax: seconds }),
  }))
  return {}
}
