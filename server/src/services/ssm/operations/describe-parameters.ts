// DescribeParameters: what parameters there are, without their values.
import { DESCRIBE_ITEMS_MAX } from '../limits.ts'
import { parameterArn } from '../parameter.ts'
import { checkMax, pageOfParameters, passes } from '../paths.ts'
import type { SsmOperation } from '../model.ts'

export const describeParameters: SsmOperation<'DescribeParameters'> = async (deps, input, context) => {
  // Nothing is shared between accounts.
  if (input.Shared === true) return { Parameters: [] }
  const max = checkMax(input.MaxResults, DESCRIBE_ITEMS_MAX, DESCRIBE_ITEMS_MAX)
  const filters = [
    ...(input.ParameterFilters ?? []),
    ...(input.Filters ?? []).map(({ Key, Values }) => ({
      Key,
      Values,
      Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
    })),
  ]
  const page = await pageOfParameters(deps.store, context, { token: input.NextToken, max }, (record) =>
    passes(record, filters),
  )
  return {
    Parameters: page.items.map((record) => ({
      Name: record.name,
      ARN: parameterArn(record),
      Type: record.type,
      ...(record.keyId !== undefined && { KeyId: record.keyId }),
      LastModifiedDate: new Date(record.modifiedMs),
      LastModifiedUser: record.modifiedBy,
      ...(record.description !== undefined && { Description: record.description }),
      ...(record.allowedPattern !== undefined && { AllowedPattern: record.allowedPattern }),
      Version: record.version,
      Tier: record.tier,
      Policies: [],
      DataType: record.dataType,
    })),
    ...(page.next !== undefined && { NextToken: page.next }),
  }
}
