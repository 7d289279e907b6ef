// ListSAMLProviders: the SAML providers of the account.
import { samlProviders } from '#identity/directory/records.ts'
import { samlArn } from '../providers.ts'
import type { IamOperation } from '../model.ts'

export const listSAMLProviders: IamOperation<'ListSAMLProviders'> = async (deps, _input, { account }) => {
  const found = await samlProviders.list(deps.identity.directory.store, { prefix: [account] })
  return {
    SAMLProviderList: found.map(({ value }) => ({
      Arn: samlArn(account, value.name),
      ValidUntil: new Date(value.validUntilMs),
      CreateDate: new Date(value.createdMs),
    })),
  }
}
