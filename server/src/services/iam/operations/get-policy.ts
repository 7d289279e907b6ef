// GetPolicy: a managed policy, AWS's or the account's own.
import { awsManagedPolicy } from '#identity/directory/aws-managed-policies.ts'
import { required } from '../constraints.ts'
import { requireOwnPolicy, showAwsPolicy, showOwnPolicy } from '../managed-policy.ts'
import type { IamOperation } from '../model.ts'

export const getPolicy: IamOperation<'GetPolicy'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const arn = required(input.PolicyArn, 'policyArn')
  const aws = awsManagedPolicy(arn)
  if (aws !== undefined) return { Policy: await showAwsPolicy(store, account, aws) }
  return { Policy: await showOwnPolicy(store, await requireOwnPolicy(store, account, arn)) }
}
