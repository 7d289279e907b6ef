// CreateSAMLProvider: a SAML provider, kept as it was given.
import { newUniqueId } from '#base/ids.ts'
import { samlProviders } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { samlArn, samlKey } from '../providers.ts'
import { readTags, showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const createSAMLProvider: IamOperation<'CreateSAMLProvider'> = async (deps, input, { account }) => {
  const name = required(input.Name, 'name')
  const metadata = required(input.SAMLMetadataDocument, 'samlMetadataDocument')
  new Constraints()
    .pattern('name', name, /^[\w._-]{1,128}$/, String.raw`[\w._-]+`)
    .length('samlMetadataDocument', metadata, { min: 1000, max: 10_000_000 })
    .check()
  const tags = readTags(input.Tags)
  const createdMs = deps.clock.nowMs()
  await deps.identity.directory.change(async (transaction) => {
    if ((await samlProviders.get(transaction, samlKey(account, name))) !== undefined)
      throw alreadyExists(`SAMLProvider with name ${name} already exists.`)
    await samlProviders.set(transaction, samlKey(account, name), {
      account,
      name,
      id: newUniqueId('ASMP'),
      createdMs,
      validUntilMs: createdMs + VALID_MS,
      metadata,
      tags,
    })
  })
  return { SAMLProviderArn: samlArn(account, name), ...(tags.length > 0 && { Tags: showTags(tags) }) }
}

/** AWS tells the end of the certificate; documents are not read here. */
const VALID_MS = 100 * 365 * 24 * 60 * 60 * 1000
