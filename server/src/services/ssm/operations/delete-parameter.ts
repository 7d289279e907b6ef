// DeleteParameter: deletes a parameter with all its versions.
import { parameterNotFound } from '../errors.ts'
import { readSelector } from '../parameter.ts'
import { removeParameter } from '../removal.ts'
import type { SsmOperation } from '../model.ts'

export const deleteParameter: SsmOperation<'DeleteParameter'> = async (deps, input, context) => {
  const { name } = readSelector(input.Name ?? '')
  const { account, region } = context
  if (!(await removeParameter(deps, { account, region, name }))) throw parameterNotFound()
  return {}
}
