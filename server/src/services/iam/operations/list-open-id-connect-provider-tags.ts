// ListOpenIDConnectProviderTags: the tags of an issuer.
import { pageOfList } from '../pages.ts'
import { requireOidc } from '../providers.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listOpenIDConnectProviderTags: IamOperation<'ListOpenIDConnectProviderTags'> = async (
  deps,
  input,
  { account },
) => {
  const provider = await requireOidc(deps.identity.directory.store, account, input.OpenIDConnectProviderArn)
  const page = pageOfList(provider.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
