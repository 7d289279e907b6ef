// AddClientIDToOpenIDConnectProvider: another audience of an issuer.
import { required } from '../constraints.ts'
import { quotaExceeded } from '../errors.ts'
import { OIDC_CLIENT_IDS_MAX } from '../limits.ts'
import { changeOidc } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const addClientIDToOpenIDConnectProvider: IamOperation<'AddClientIDToOpenIDConnectProvider'> = async (
  deps,
  input,
  { account },
) => {
  const id = required(input.ClientID, 'clientID')
  await changeOidc(deps, account, input.OpenIDConnectProviderArn, (provider) => {
    if (provider.clientIds.includes(id)) return provider
    if (provider.clientIds.length >= OIDC_CLIENT_IDS_MAX)
      throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', OIDC_CLIENT_IDS_MAX)
    return { ...provider, clientIds: [...provider.clientIds, id] }
  })
  return {}
}
