// GetParameter: one parameter: its newest version, or the one that is named.
import { requireParameter, show } from '../parameter.ts'
import type { SsmOperation } from '../model.ts'

export const getParameter: SsmOperation<'GetParameter'> = async (deps, input, context) => {
  const found = await requireParameter(deps.store, context, input.Name)
  return { Parameter: await show(deps, found, input.WithDecryption === true ? context : undefined) }
}
