// GetSAMLProvider: a SAML provider and its document.
import { requireSaml } from '../providers.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const getSAMLProvider: IamOperation<'GetSAMLProvider'> = async (deps, input, { account }) => {
  const provider = await requireSaml(deps.identity.directory.store, account, input.SAMLProviderArn)
  return {
    SAMLProviderUUID: provider.id,
    SAMLMetadataDocument: provider.metadata,
    CreateDate: new Date(provider.createdMs),
    ValidUntil: new Date(provider.validUntilMs),
    Tags: showTags(provider.tags),
  }
}
