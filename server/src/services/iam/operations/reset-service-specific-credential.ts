// ResetServiceSpecificCredential: another password, told once.
import type { IamOperation } from '../model.ts'
import { changeOwned, userOf } from '../owned.ts'
import { newPassword, serviceCredentials, showServiceCredential } from '../service-credential.ts'

export const resetServiceSpecificCredential: IamOperation<'ResetServiceSpecificCredential'> = async (
  deps,
  input,
  context,
) => {
  const { UserName: userName, ServiceSpecificCredentialId: id } = input
  const named = { collection: serviceCredentials, what: 'Service Specific Credential', userName, id }
  const record = await changeOwned(deps, context, named, (credential) => credential)
  const user = await userOf(deps.identity.directory.store, userName, context)
  return { ServiceSpecificCredential: { ...showServiceCredential(user, record), ServicePassword: newPassword() } }
}
