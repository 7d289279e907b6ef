// ListInstanceProfilesForRole: the instance profiles that a role is in.
import { instanceProfiles } from '#identity/directory/records.ts'
import { ROLE, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import { showInstanceProfile } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listInstanceProfilesForRole: IamOperation<'ListInstanceProfilesForRole'> = async (
  deps,
  input,
  { account },
) => {
  const { store } = deps.identity.directory
  const role = await requireCarrier(store, ROLE, account, input.RoleName)
  const found = await instanceProfiles.listIndex(store, 'role', { prefix: [account, role.name.toLowerCase()] })
  const page = pageOfList(
    found.map(({ value }) => value),
    ({ name }) => name,
    input,
  )
  return { InstanceProfiles: await Promise.all(page.items.map((one) => showInstanceProfile(store, one))), ...page.end }
}
