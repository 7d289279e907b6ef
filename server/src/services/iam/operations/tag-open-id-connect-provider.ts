// TagOpenIDConnectProvider: adds tags to an issuer, or changes their values.
import { changeOidc } from '../providers.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagOpenIDConnectProvider: IamOperation<'TagOpenIDConnectProvider'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeOidc(deps, account, input.OpenIDConnectProviderArn, (provider) => ({
    ...provider,
    tags: mergeTags(provider.tags, added),
  }))
  return {}
}
