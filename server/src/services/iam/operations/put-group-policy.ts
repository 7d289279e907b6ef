// PutGroupPolicy: an inline policy of a group, new or in place of the one of that name.
import { GROUP, changeCarrier, withInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const putGroupPolicy: IamOperation<'PutGroupPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, GROUP, account, input.GroupName, (record) =>
    withInline(record, 'group', input.PolicyName, input.PolicyDocument),
  )
  return {}
}
