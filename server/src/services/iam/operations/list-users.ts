// ListUsers: the users below a path.
import { users } from '#identity/directory/records.ts'
import { pageOfRecords } from '../pages.ts'
import { showUser } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listUsers: IamOperation<'ListUsers'> = async (deps, input, { account }) => {
  const { PathPrefix: prefix = '/' } = input
  const page = await pageOfRecords(deps.identity.directory.store, users, account, input, ({ path }) =>
    path.startsWith(prefix),
  )
  return { Users: page.items.map(showUser), ...page.end }
}
