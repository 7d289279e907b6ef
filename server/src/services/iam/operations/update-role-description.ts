// UpdateRoleDescription: changes the description of a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { Constraints } from '../constraints.ts'
import { showRole } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const updateRoleDescription: IamOperation<'UpdateRoleDescription'> = async (deps, input, { account }) => {
  const description = input.Description ?? ''
  new Constraints().length('description', description, { min: 0, max: 1000 }).check()
  const role = await changeCarrier(deps, ROLE, account, input.RoleName, (found) => ({ ...found, description }))
  return { Role: showRole(role) }
}
