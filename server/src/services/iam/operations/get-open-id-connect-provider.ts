// GetOpenIDConnectProvider: an issuer of web identity tokens.
import { requireOidc } from '../providers.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const getOpenIDConnectProvider: IamOperation<'GetOpenIDConnectProvider'> = async (deps, input, { account }) => {
  const provider = await requireOidc(deps.identity.directory.store, account, input.OpenIDConnectProviderArn)
  return {
    Url: provider.url,
    ClientIDList: [...provider.clientIds],
    ThumbprintList: [...provider.thumbprints],
    CreateDate: new Date(provider.createdMs),
    Tags: showTags(provider.tags),
  }
}
