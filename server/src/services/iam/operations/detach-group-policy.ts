// DetachGroupPolicy: takes a managed policy from a group.
import { GROUP, changeCarrier, withoutAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const detachGroupPolicy: IamOperation<'DetachGroupPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, GROUP, account, input.GroupName, (record) => withoutAttached(record, input.PolicyArn))
  return {}
}
