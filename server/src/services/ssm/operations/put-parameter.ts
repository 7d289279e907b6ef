// PutParameter: a new parameter, or with Overwrite a new version of one.
import { transact } from '#storage/transact.ts'
import { checkPattern } from '../allowed-pattern.ts'
import { callerArn } from '../caller-arn.ts'
import { ssmError, validation } from '../errors.ts'
import { ADVANCED_VALUE_BYTES_MAX, PARAMETERS_MAX, STANDARD_VALUE_BYTES_MAX, VERSIONS_MAX } from '../limits.ts'
import {
  DEFAULT_KEY,
  type ParameterRecord,
  checkName,
  keyOf,
  parameterCounts,
  parameters,
  sealValue,
  versions,
} from '../parameter.ts'
import { withTags } from '../tags.ts'
import type { Store } from '#storage/store.ts'
import type { Transaction } from '#storage/transact.ts'
import type { SsmOperation } from '../model.ts'

export const putParameter: SsmOperation<'PutParameter'> = async (deps, input, context) => {
  const { account, region } = context
  const name = checkName(input.Name)
  const value = input.Value ?? ''
  if (value === '') throw validation('Parameter value must not be empty.')
  const tier = tierOf(input.Tier, Buffer.byteLength(value))
  const { Description: description, AllowedPattern: allowedPattern, DataType: dataType = 'text' } = input
  if (input.Policies !== undefined) throw validation('Parameter policies are not available here.')
  if (dataType !== 'text') throw validation(`The data type ${dataType} is not available here.`)
  checkPattern(value, allowedPattern)
  const before = (await parameters.get(deps.store, [account, region, name]))?.value
  const type = input.Type ?? before?.type
  if (type === undefined) throw validation('A parameter type is required when you create a parameter.')
  if (input.KeyId !== undefined && type !== 'SecureString')
    throw validation('KeyId can only be given for a parameter of type SecureString.')
  const keyId = type === 'SecureString' ? (input.KeyId ?? before?.keyId ?? DEFAULT_KEY) : undefined
  const place = { account, region, name, ...(keyId !== undefined && { keyId }) }
  // Encrypted before the transaction: it may run several times.
  const tierBefore = before?.tier === 'Advanced' ? 'Advanced' : tier
  const kept = type === 'SecureString' ? await sealValue(deps, context, { ...place, tier: tierBefore }, value) : value
  const stamp = { modifiedMs: deps.clock.nowMs(), modifiedBy: callerArn(context) }
  const version = await transact(deps.store, async (transaction) => {
    const found = (await parameters.get(transaction, keyOf(place)))?.value
    if (found !== undefined && input.Overwrite !== true)
      throw ssmError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      )
    if (found !== undefined && (input.Tags ?? []).length > 0)
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.",
      )
    const settings = {
      ...(description !== undefined && { description }),
      ...(allowedPattern !== undefined && { allowedPattern }),
      ...(keyId !== undefined && { keyId }),
    }
    const number = (found?.version ?? 0) + 1
    const oldest = await makeRoom(transaction, found, number)
    const record: ParameterRecord = {
      ...place,
      ...settings,
      type,
      tier: found?.tier === 'Advanced' ? 'Advanced' : tier,
      dataType,
      tags: found?.tags ?? withTags([], input.Tags),
      version: number,
      oldest,
      ...stamp,
    }
    await countParameter(deps.store, transaction, found, record)
    await parameters.set(transaction, keyOf(place), record)
    await versions.set(transaction, [...keyOf(place), number], {
      version: number,
      type,
      tier: record.tier,
      value: kept,
      labels: [],
      dataType,
      ...settings,
      ...stamp,
    })
    return { number, tier: record.tier }
  })
  return { Version: version.number, Tier: version.tier }
}

/** Throws ParameterLimitExceeded when the account has all parameters of the tier that it may have. */
async function countParameter(
  store: Store,
  transaction: Transaction,
  found: ParameterRecord | undefined,
  { account, region, tier }: ParameterRecord,
): Promise<void> {
  if (found?.tier === tier) return
  if ((await parameterCounts.count(store, transaction, [account, region, tier])) >= PARAMETERS_MAX[tier])
    throw ssmError(
      'ParameterLimitExceeded',
      `The account has ${PARAMETERS_MAX[tier]} parameters of the tier ${tier} in this region, which is the quota. Delete one or more and try again.`,
    )
  if (found !== undefined) await parameterCounts.add(store, transaction, [account, region, found.tier], -1)
  await parameterCounts.add(store, transaction, [account, region, tier], 1)
}

function tierOf(wanted: string | undefined, bytes: number): ParameterRecord['tier'] {
  if (bytes > ADVANCED_VALUE_BYTES_MAX)
    throw validation(
      `Advanced tier parameters support a maximum parameter value of ${ADVANCED_VALUE_BYTES_MAX} characters.`,
    )
  if (wanted === 'Advanced') return 'Advanced'
  if (bytes <= STANDARD_VALUE_BYTES_MAX) return 'Standard'
  if (wanted === 'Intelligent-Tiering') return 'Advanced'
  throw validation(
    `Standard tier parameters support a maximum parameter value of ${STANDARD_VALUE_BYTES_MAX} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
  )
}

/** Drops the oldest version when there are too many; answers which is the oldest then. */
async function makeRoom(transaction: Transaction, found: ParameterRecord | undefined, next: number): Promise<number> {
  if (found === undefined) return next
  if (next - found.oldest < VERSIONS_MAX) return found.oldest
  const key = [...keyOf(found), found.oldest]
  const oldest = (await versions.get(transaction, key))?.value
  if (oldest !== undefined && oldest.labels.length > 0)
    throw ssmError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${found.name} by calling the PutParameter API with the overwrite flag. Version ${found.oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    )
  await versions.delete(transaction, key)
  return found.oldest + 1
}
