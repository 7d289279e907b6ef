// ListGroups: the groups below a path.
import { groups } from '#identity/directory/records.ts'
import { pageOfRecords } from '../pages.ts'
import { showGroup } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listGroups: IamOperation<'ListGroups'> = async (deps, input, { account }) => {
  const { PathPrefix: prefix = '/' } = input
  const page = await pageOfRecords(deps.identity.directory.store, groups, account, input, ({ path }) =>
    path.startsWith(prefix),
  )
  return { Groups: page.items.map(showGroup), ...page.end }
}
