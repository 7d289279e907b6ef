// UntagSAMLProvider: takes tags from a SAML provider.
import { changeSaml } from '../providers.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagSAMLProvider: IamOperation<'UntagSAMLProvider'> = async (deps, input, { account }) => {
  await changeSaml(deps, account, input.SAMLProviderArn, (provider) => ({
    ...provider,
    tags: withoutTags(provider.tags, input.TagKeys),
  }))
  return {}
}
