// UpdateServiceSpecificCredential: switches a credential on or off.
import type { IamOperation } from '../model.ts'
import { changeOwned, readStatus } from '../owned.ts'
import { serviceCredentials } from '../service-credential.ts'

export const updateServiceSpecificCredential: IamOperation<'UpdateServiceSpecificCredential'> = async (
  deps,
  input,
  context,
) => {
  const status = readStatus(input.Status)
  const { UserName: userName, ServiceSpecificCredentialId: id } = input
  const named = { collection: serviceCredentials, what: 'Service Specific Credential', userName, id }
  await changeOwned(deps, context, named, (credential) => ({ ...credential, status }))
  return {}
}
