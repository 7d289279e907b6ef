// DeleteSAMLProvider: gives up a SAML provider.
import { samlProviders } from '#identity/directory/records.ts'
import { requireSaml, samlKey } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const deleteSAMLProvider: IamOperation<'DeleteSAMLProvider'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const provider = await requireSaml(transaction, account, input.SAMLProviderArn)
    await samlProviders.delete(transaction, samlKey(account, provider.name))
  })
  return {}
}
