// CreateAlias: a name for a key.
import { keyAliases } from '#identity/vault/key-record.ts'
import { transact } from '#storage/transact.ts'
import { aliasesOf, checkAliasName } from '../aliases.ts'
import { kmsError } from '../errors.ts'
import { requireKeyById } from '../keys.ts'
import { ALIASES_PER_KEY_MAX } from '../limits.ts'
import type { KmsOperation } from '../model.ts'

export const createAlias: KmsOperation<'CreateAlias'> = async (deps, input, context) => {
  const { account, region } = context
  const name = checkAliasName(input.AliasName)
  const { keyId, owner } = await requireKeyById(deps, context, input.TargetKeyId)
  if (owner === 'aws') throw kmsError('NotFoundException', `Key ${input.TargetKeyId} cannot have another alias.`)
  const nowMs = deps.clock.nowMs()
  await transact(deps.store, async (transaction) => {
    if ((await keyAliases.get(transaction, [account, region, name])) !== undefined)
      throw kmsError(
        'AlreadyExistsException',
        `An alias with the name arn:aws:kms:${region}:${account}:${name} already exists`,
      )
    if ((await aliasesOf(transaction, { account, region, keyId })).length >= ALIASES_PER_KEY_MAX)
      throw kmsError('LimitExceededException', `A key can have ${ALIASES_PER_KEY_MAX} aliases.`)
    await keyAliases.set(transaction, [account, region, name], { name, keyId, createdMs: nowMs, updatedMs: nowMs })
  })
  return {}
}
