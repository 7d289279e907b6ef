// GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, group or role speak of.
import { principalOfArn } from '../principal.ts'
import { contextKeysIn, named } from '../simulation.ts'
import type { IamOperation } from '../model.ts'

export const getContextKeysForPrincipalPolicy: IamOperation<'GetContextKeysForPrincipalPolicy'> = async (
  deps,
  input,
  { account },
) => {
  const { identity } = await principalOfArn(deps.identity.directory.store, account, input.PolicySourceArn)
  const added = (input.PolicyInputList ?? []).map((text, index) =>
    named(`PolicyInputList.${index + 1}`, text, 'identity'),
  )
  return { ContextKeyNames: contextKeysIn([...identity, ...added].map(({ policy }) => policy.document)) }
}
