// DeleteServiceSpecificCredential: deletes a credential of a user.
import type { IamOperation } from '../model.ts'
import { changeOwned } from '../owned.ts'
import { serviceCredentials } from '../service-credential.ts'

export const deleteServiceSpecificCredential: IamOperation<'DeleteServiceSpecificCredential'> = async (
  deps,
  input,
  context,
) => {
  const { UserName: userName, ServiceSpecificCredentialId: id } = input
  const named = { collection: serviceCredentials, what: 'Service Specific Credential', userName, id }
  await changeOwned(deps, context, named, () => undefined)
  return {}
}
