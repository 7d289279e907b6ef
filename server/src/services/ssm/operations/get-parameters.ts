// GetParameters: up to ten parameters; those that are not there are listed.
import { validation } from '../errors.ts'
import { NAMES_PER_CALL_MAX } from '../limits.ts'
import { find, readSelector, show } from '../parameter.ts'
import type { SsmOperation } from '../model.ts'

export const getParameters: SsmOperation<'GetParameters'> = async (deps, input, context) => {
  const names = input.Names ?? []
  if (names.length > NAMES_PER_CALL_MAX)
    throw validation(
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${NAMES_PER_CALL_MAX}`,
    )
  const found = await Promise.all(names.map((name) => find(deps.store, context, readSelector(name))))
  const there = found.filter((one) => one !== undefined)
  return {
    Parameters: await Promise.all(
      there.map((one) => show(deps, one, input.WithDecryption === true ? context : undefined)),
    ),
    InvalidParameters: names.filter((_name, index) => found[index] === undefined),
  }
}
