// UpdateAlias: points a name at another key of the same kind.
import { keyAliases, keyRecords } from '#identity/vault/key-record.ts'
import { transact } from '#storage/transact.ts'
import { checkAliasName } from '../aliases.ts'
import { notFound, validation } from '../errors.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const updateAlias: KmsOperation<'UpdateAlias'> = async (deps, input, context) => {
  const { account, region } = context
  const name = checkAliasName(input.AliasName)
  const target = await requireKeyById(deps, context, input.TargetKeyId)
  await transact(deps.store, async (transaction) => {
    const found = (await keyAliases.get(transaction, [account, region, name]))?.value
    if (found === undefined) throw notFound(`Alias arn:aws:kms:${region}:${account}:${name} is not found.`)
    const before = (await keyRecords.get(transaction, [account, region, found.keyId]))?.value
    if (before !== undefined && (before.usage !== target.usage || before.spec !== target.spec))
      throw validation(`Alias ${name} cannot be moved to a key of another type or usage.`)
    await keyAliases.set(transaction, [account, region, name], {
      ...found,
      keyId: target.keyId,
      updatedMs: deps.clock.nowMs(),
    })
  })
  return {}
}
