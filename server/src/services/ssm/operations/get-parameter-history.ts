// GetParameterHistory: the versions of a parameter, oldest first.
import { ssmError } from '../errors.ts'
import { PAGE_ITEMS_MAX } from '../limits.ts'
import { openValue, requireParameter, versionsOf } from '../parameter.ts'
import { checkMax } from '../paths.ts'
import type { SsmOperation } from '../model.ts'

export const getParameterHistory: SsmOperation<'GetParameterHistory'> = async (deps, input, context) => {
  const { parameter } = await requireParameter(deps.store, context, input.Name)
  const max = checkMax(input.MaxResults, PAGE_ITEMS_MAX, PAGE_ITEMS_MAX)
  const after = input.NextToken === undefined ? 0 : Number(input.NextToken)
  if (!Number.isInteger(after)) throw ssmError('InvalidNextToken', 'The specified token is not valid.')
  const left = (await versionsOf(deps.store, parameter)).filter(({ version }) => version > after)
  const shown = left.slice(0, max)
  return {
    Parameters: await Promise.all(
      shown.map(async (version) => ({
        Name: parameter.name,
        Type: version.type,
        ...(version.keyId !== undefined && { KeyId: version.keyId }),
        LastModifiedDate: new Date(version.modifiedMs),
        LastModifiedUser: version.modifiedBy,
        ...(version.description !== undefined && { Description: version.description }),
        Value: await openValue(deps, parameter, version, input.WithDecryption === true ? context : undefined),
        ...(version.allowedPattern !== undefined && { AllowedPattern: version.allowedPattern }),
        Version: version.version,
        Labels: [...version.labels],
        Tier: version.tier,
        Policies: [],
        DataType: version.dataType,
      })),
    ),
    ...(left.length > max && { NextToken: String(shown.at(-1)?.version ?? 0) }),
  }
}
