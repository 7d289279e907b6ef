// UpdateOpenIDConnectProviderThumbprint: the certificates of an issuer.
import { changeOidc } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const updateOpenIDConnectProviderThumbprint: IamOperation<'UpdateOpenIDConnectProviderThumbprint'> = async (
  deps,
  input,
  { account },
) => {
  const thumbprints = input.ThumbprintList ?? []
  await changeOidc(deps, account, input.OpenIDConnectProviderArn, (provider) => ({ ...provider, thumbprints }))
  return {}
}
