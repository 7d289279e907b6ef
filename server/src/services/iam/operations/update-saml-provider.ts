// UpdateSAMLProvider: another document for a SAML provider.
import { samlProviders } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { requireSaml, samlArn, samlKey } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const updateSAMLProvider: IamOperation<'UpdateSAMLProvider'> = async (deps, input, { account }) => {
  const metadata = required(input.SAMLMetadataDocument, 'samlMetadataDocument')
  new Constraints().length('samlMetadataDocument', metadata, { min: 1000, max: 10_000_000 }).check()
  const name = await deps.identity.directory.change(async (transaction) => {
    const provider = await requireSaml(transaction, account, input.SAMLProviderArn)
    await samlProviders.set(transaction, samlKey(account, provider.name), { ...provider, metadata })
    return provider.name
  })
  return { SAMLProviderArn: samlArn(account, name) }
}
