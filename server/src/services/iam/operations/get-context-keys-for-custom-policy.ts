// GetContextKeysForCustomPolicy: the condition keys that policies speak of.
import { contextKeysIn, named } from '../simulation.ts'
import type { IamOperation } from '../model.ts'

export const getContextKeysForCustomPolicy: IamOperation<'GetContextKeysForCustomPolicy'> = async (_deps, input) => {
  const given = (input.PolicyInputList ?? []).map((text, index) =>
    named(`PolicyInputList.${index + 1}`, text, 'identity'),
  )
  return { ContextKeyNames: contextKeysIn(given.map(({ policy }) => policy.document)) }
}
