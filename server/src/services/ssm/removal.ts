// The end of a parameter: its head and all its versions in one commit.
import { transact } from '#storage/transact.ts'
import type { SsmDeps } from './model.ts'
import { keyOf, parameterCounts, type ParameterRecord, parameters, versions, versionsOf } from './parameter.ts'

/** False when there was none. */
export async function removeParameter(
  { store }: SsmDeps,
  place: Pick<ParameterRecord, 'account' | 'region' | 'name'>,
): Promise<boolean> {
  return transact(store, async (transaction) => {
    const found = (await parameters.get(transaction, keyOf(place)))?.value
    if (found === undefined) return false
    await parameterCounts.add(store, transaction, [place.account, place.region, found.tier], -1)
    for (const { version } of await versionsOf(transaction, place))
      await versions.delete(transaction, [...keyOf(place), version])
    await parameters.delete(transaction, keyOf(place))
    return true
  })
}
