// SimulateCustomPolicy: what the given policies would decide.
import { named, simulate } from '../simulation.ts'
import type { IamOperation } from '../model.ts'

export const simulateCustomPolicy: IamOperation<'SimulateCustomPolicy'> = async (__deps, input, { account }) => {
  const identity = (input.PolicyInputList ?? []).map((text, index) =>
    named(`PolicyInputList.${index + 1}`, text, 'identity'),
  )
  const arn = input.CallerArn ?? `arn:aws:iam::${account}:user/simulated`
  return simulate(input, { caller: { kind: 'user', account, arn }, identity, account })
}
