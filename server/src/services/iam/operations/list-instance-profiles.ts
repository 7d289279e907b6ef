// ListInstanceProfiles: the instance profiles below a path.
import { instanceProfiles } from '#identity/directory/records.ts'
import { pageOfRecords } from '../pages.ts'
import { showInstanceProfile } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listInstanceProfiles: IamOperation<'ListInstanceProfiles'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const { PathPrefix: prefix = '/' } = input
  const page = await pageOfRecords(store, instanceProfiles, account, input, ({ path }) => path.startsWith(prefix))
  return { InstanceProfiles: await Promise.all(page.items.map((one) => showInstanceProfile(store, one))), ...page.end }
}
