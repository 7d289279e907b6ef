// TagSAMLProvider: adds tags to a SAML provider, or changes their values.
import { changeSaml } from '../providers.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagSAMLProvider: IamOperation<'TagSAMLProvider'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeSaml(deps, account, input.SAMLProviderArn, (provider) => ({
    ...provider,
    tags: mergeTags(provider.tags, added),
  }))
  return {}
}
