// RemoveClientIDFromOpenIDConnectProvider: takes an audience from an issuer.
import { required } from '../constraints.ts'
import { changeOidc } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const removeClientIDFromOpenIDConnectProvider: IamOperation<'RemoveClientIDFromOpenIDConnectProvider'> = async (
  deps,
  input,
  { account },
) => {
  const id = required(input.ClientID, 'clientID')
  await changeOidc(deps, account, input.OpenIDConnectProviderArn, (provider) => ({
    ...provider,
    clientIds: provider.clientIds.filter((one) => one !== id),
  }))
  return {}
}
