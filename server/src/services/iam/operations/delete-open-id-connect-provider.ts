// DeleteOpenIDConnectProvider: gives up an issuer; roles that trust it can no longer be assumed with its tokens.
import { oidcProviders } from '#identity/directory/records.ts'
import { requireOidc } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const deleteOpenIDConnectProvider: IamOperation<'DeleteOpenIDConnectProvider'> = async (
  deps,
  input,
  { account },
) => {
  await deps.identity.directory.change(async (transaction) => {
    const provider = await requireOidc(transaction, account, input.OpenIDConnectProviderArn)
    await oidcProviders.delete(transaction, [account, provider.url])
  })
  return {}
}
