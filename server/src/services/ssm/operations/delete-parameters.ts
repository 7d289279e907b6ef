// DeleteParameters: deletes up to ten parameters; those that are not there are listed.
import { validation } from '../errors.ts'
import { NAMES_PER_CALL_MAX } from '../limits.ts'
import { readSelector } from '../parameter.ts'
import { removeParameter } from '../removal.ts'
import type { SsmOperation } from '../model.ts'

export const deleteParameters: SsmOperation<'DeleteParameters'> = async (deps, input, context) => {
  const { account, region } = context
  const DeletedParameters: string[] = []
  const InvalidParameters: string[] = []
  const names = input.Names ?? []
  if (names.length > NAMES_PER_CALL_MAX)
    throw validation(
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${NAMES_PER_CALL_MAX}`,
    )
  for (const name of names) {
    const isGone = await removeParameter(deps, { account, region, name: readSelector(name).name })
    ;(isGone ? DeletedParameters : InvalidParameters).push(name)
  }
  return { DeletedParameters, InvalidParameters }
}
