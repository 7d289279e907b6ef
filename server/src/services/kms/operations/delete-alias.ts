// DeleteAlias: takes a name away; the key stays.
import { keyAliases } from '#identity/vault/key-record.ts'
import { transact } from '#storage/transact.ts'
import { checkAliasName } from '../aliases.ts'
import { notFound } from '../errors.ts'
import type { KmsOperation } from '../model.ts'

export const deleteAlias: KmsOperation<'DeleteAlias'> = async (deps, input, context) => {
  const { account, region } = context
  const name = checkAliasName(input.AliasName)
  await transact(deps.store, async (transaction) => {
    if ((await keyAliases.get(transaction, [account, region, name])) === undefined)
      throw notFound(`Alias arn:aws:kms:${region}:${account}:${name} is not found.`)
    await keyAliases.delete(transaction, [account, region, name])
  })
  return {}
}
