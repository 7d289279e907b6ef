// ListOpenIDConnectProviders: the issuers of web identity tokens.
import { oidcProviders } from '#identity/directory/records.ts'
import { oidcArn } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const listOpenIDConnectProviders: IamOperation<'ListOpenIDConnectProviders'> = async (
  deps,
  _input,
  { account },
) => {
  const found = await oidcProviders.list(deps.identity.directory.store, { prefix: [account] })
  return { OpenIDConnectProviderList: found.map(({ value }) => ({ Arn: oidcArn(account, value.url) })) }
}
