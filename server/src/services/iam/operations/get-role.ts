// GetRole: a role, with its last use.
import { ROLE, requireCarrier } from '../carriers.ts'
import { showWholeRole } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const getRole: IamOperation<'GetRole'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  return { Role: await showWholeRole(store, await requireCarrier(store, ROLE, account, input.RoleName)) }
}
