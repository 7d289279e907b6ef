// ListServiceSpecificCredentials: the credentials of a user for single services, without their passwords.
import type { IamOperation } from '../model.ts'
import { users } from '#identity/directory/records.ts'
import { all } from '../authorization-details.ts'
import { ownedBy, userOf } from '../owned.ts'
import { pageOfList } from '../pages.ts'
import { serviceCredentials, showServiceCredential } from '../service-credential.ts'

export const listServiceSpecificCredentials: IamOperation<'ListServiceSpecificCredentials'> = async (
  deps,
  input,
  context,
) => {
  const { store } = deps.identity.directory
  const owners =
    input.AllUsers === true ? await all(store, users, context.account) : [await userOf(store, input.UserName, context)]
  const shown = await Promise.all(
    owners.map(async (owner) =>
      (await ownedBy(store, serviceCredentials, owner))
        .filter(({ service }) => input.ServiceName === undefined || service === input.ServiceName)
        .map((record) => showServiceCredential(owner, record)),
    ),
  )
  const page = pageOfList(shown.flat(), (one) => one.ServiceSpecificCredentialId, input)
  return { ServiceSpecificCredentials: page.items, ...page.end }
}
