// GetParametersByPath: the parameters of one level of a path, or of all below it.
import { PAGE_ITEMS_DEFAULT } from '../limits.ts'
import { find, show } from '../parameter.ts'
import { checkMax, checkPath, isBelow, pageOfParameters, passes } from '../paths.ts'
import type { SsmOperation } from '../model.ts'

export const getParametersByPath: SsmOperation<'GetParametersByPath'> = async (deps, input, context) => {
  const path = checkPath(input.Path)
  const recursive = input.Recursive ?? false
  const max = checkMax(input.MaxResults, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_DEFAULT)
  const label = input.ParameterFilters?.find(({ Key }) => Key === 'Label')?.Values
  const filters = input.ParameterFilters?.filter(({ Key }) => Key !== 'Label')
  const page = await pageOfParameters(
    deps.store,
    context,
    { token: input.NextToken, max },
    (record) => isBelow(record.name, path, recursive) && passes(record, filters),
  )
  const suffixes = label ?? [undefined]
  const asked = page.items.flatMap(({ name }) => suffixes.map((suffix) => ({ asked: name, name, suffix })))
  const found = await Promise.all(asked.map((selector) => find(deps.store, context, selector)))
  return {
    Parameters: await Promise.all(
      found
        .filter((one) => one !== undefined)
        .map((one) => show(deps, one, input.WithDecryption === true ? context : undefined)),
    ),
    ...(page.next !== undefined && { NextToken: page.next }),
  }
}
