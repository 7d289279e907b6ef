// ListSAMLProviderTags: the tags of a SAML provider.
import { pageOfList } from '../pages.ts'
import { requireSaml } from '../providers.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listSAMLProviderTags: IamOperation<'ListSAMLProviderTags'> = async (deps, input, { account }) => {
  const provider = await requireSaml(deps.identity.directory.store, account, input.SAMLProviderArn)
  const page = pageOfList(provider.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
