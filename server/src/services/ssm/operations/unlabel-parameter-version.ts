// UnlabelParameterVersion: takes labels from a version.
import { transact } from '#storage/transact.ts'
import { keyOf, requireParameter, versions } from '../parameter.ts'
import type { SsmOperation } from '../model.ts'

export const unlabelParameterVersion: SsmOperation<'UnlabelParameterVersion'> = async (deps, input, context) => {
  const { parameter, version } = await requireParameter(deps.store, context, `${input.Name}:${input.ParameterVersion}`)
  const labels = input.Labels ?? []
  await transact(deps.store, async (transaction) => {
    const key = [...keyOf(parameter), version.version]
    const found = (await versions.get(transaction, key))?.value
    if (found !== undefined)
      await versions.set(transaction, key, {
        ...found,
        labels: found.labels.filter((label) => !labels.includes(label)),
      })
  })
  return {
    RemovedLabels: labels.filter((label) => version.labels.includes(label)),
    InvalidLabels: labels.filter((label) => !version.labels.includes(label)),
  }
}
