// AttachGroupPolicy: attaches a managed policy to a group.
import { GROUP, changeCarrier, withAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const attachGroupPolicy: IamOperation<'AttachGroupPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, GROUP, account, input.GroupName, (record, transaction) =>
    withAttached(record, transaction, GROUP, input.PolicyArn),
  )
  return {}
}
