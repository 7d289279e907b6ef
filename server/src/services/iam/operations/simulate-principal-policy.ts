// SimulatePrincipalPolicy: what the policies of a user, group or role would decide.
import { principalOfArn } from '../principal.ts'
import { named, simulate } from '../simulation.ts'
import type { IamOperation } from '../model.ts'

export const simulatePrincipalPolicy: IamOperation<'SimulatePrincipalPolicy'> = async (deps, input, { account }) => {
  const { caller, identity, boundary } = await principalOfArn(
    deps.identity.directory.store,
    account,
    input.PolicySourceArn,
  )
  const added = (input.PolicyInputList ?? []).map((text, index) =>
    named(`PolicyInputList.${index + 1}`, text, 'identity'),
  )
  return simulate(input, { caller, identity: [...identity, ...added], boundary, account })
}
