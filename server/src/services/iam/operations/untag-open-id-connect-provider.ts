// UntagOpenIDConnectProvider: takes tags from an issuer.
import { changeOidc } from '../providers.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagOpenIDConnectProvider: IamOperation<'UntagOpenIDConnectProvider'> = async (
  deps,
  input,
  { account },
) => {
  await changeOidc(deps, account, input.OpenIDConnectProviderArn, (provider) => ({
    ...provider,
    tags: withoutTags(provider.tags, input.TagKeys),
  }))
  return {}
}
