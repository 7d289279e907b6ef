// DeleteGroupPolicy: takes an inline policy from a group.
import { GROUP, changeCarrier, withoutInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const deleteGroupPolicy: IamOperation<'DeleteGroupPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, GROUP, account, input.GroupName, (record) =>
    withoutInline(record, 'group', input.PolicyName),
  )
  return {}
}
