// ListRoles: the roles below a path.
import { roles } from '#identity/directory/records.ts'
import { pageOfRecords } from '../pages.ts'
import { showRole } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listRoles: IamOperation<'ListRoles'> = async (deps, input, { account }) => {
  const { PathPrefix: prefix = '/' } = input
  const page = await pageOfRecords(deps.identity.directory.store, roles, account, input, ({ path }) =>
    path.startsWith(prefix),
  )
  return { Roles: page.items.map(showRole), ...page.end }
}
