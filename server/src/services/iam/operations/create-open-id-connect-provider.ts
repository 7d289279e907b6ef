// CreateOpenIDConnectProvider: an issuer of web identity tokens that roles may trust.
import { oidcProviders } from '#identity/directory/records.ts'
import { alreadyExists, quotaExceeded } from '../errors.ts'
import { OIDC_CLIENT_IDS_MAX } from '../limits.ts'
import { oidcArn, readIssuer } from '../providers.ts'
import { readTags, showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const createOpenIDConnectProvider: IamOperation<'CreateOpenIDConnectProvider'> = async (
  deps,
  input,
  { account },
) => {
  const url = readIssuer(input.Url)
  const clientIds = input.ClientIDList ?? []
  if (clientIds.length > OIDC_CLIENT_IDS_MAX)
    throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', OIDC_CLIENT_IDS_MAX)
  const tags = readTags(input.Tags)
  await deps.identity.directory.change(async (transaction) => {
    if ((await oidcProviders.get(transaction, [account, url])) !== undefined)
      throw alreadyExists(`Provider with url ${input.Url} already exists.`)
    await oidcProviders.set(transaction, [account, url], {
      account,
      url,
      createdMs: deps.clock.nowMs(),
      clientIds,
      thumbprints: input.ThumbprintList ?? [],
      tags,
    })
  })
  return { OpenIDConnectProviderArn: oidcArn(account, url), ...(tags.length > 0 && { Tags: showTags(tags) }) }
}
