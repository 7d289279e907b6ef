// LabelParameterVersion: puts labels on a version; a label that another version has moves.
import { transact } from '#storage/transact.ts'
import { ssmError } from '../errors.ts'
import { LABELS_PER_VERSION_MAX } from '../limits.ts'
import { keyOf, requireParameter, versions, versionsOf } from '../parameter.ts'
import type { SsmOperation } from '../model.ts'

export const labelParameterVersion: SsmOperation<'LabelParameterVersion'> = async (deps, input, context) => {
  const { parameter, version } = await requireParameter(
    deps.store,
    context,
    input.ParameterVersion === undefined ? input.Name : `${input.Name}:${input.ParameterVersion}`,
  )
  const labels = input.Labels ?? []
  const isBad = (label: string): boolean => !/^[a-zA-Z0-9_.-]{1,100}$/.test(label) || /^(?:\d|aws|ssm)/i.test(label)
  const InvalidLabels = labels.filter(isBad)
  const good = labels.filter((label) => !isBad(label))
  await transact(deps.store, async (transaction) => {
    for (const other of await versionsOf(transaction, parameter)) {
      const isTarget = other.version === version.version
      const kept = other.labels.filter((label) => !good.includes(label))
      const next = isTarget ? [...kept, ...good] : kept
      if (next.length > LABELS_PER_VERSION_MAX)
        throw ssmError(
          'ParameterVersionLabelLimitExceeded',
          `An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: A parameter version can have maximum ${LABELS_PER_VERSION_MAX} labels.Move one or more labels to another version and try again.`,
        )
      if (next.length !== other.labels.length || isTarget)
        await versions.set(transaction, [...keyOf(parameter), other.version], { ...other, labels: next })
    }
  })
  return { InvalidLabels, ParameterVersion: version.version }
}
