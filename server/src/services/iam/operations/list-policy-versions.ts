// ListPolicyVersions: the versions of a managed policy.
import { awsManagedPolicy } from '#identity/directory/aws-managed-policies.ts'
import { required } from '../constraints.ts'
import { AWS_CREATED, AWS_VERSION, requireOwnPolicy } from '../managed-policy.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listPolicyVersions: IamOperation<'ListPolicyVersions'> = async (deps, input, { account }) => {
  const arn = required(input.PolicyArn, 'policyArn')
  if (awsManagedPolicy(arn) !== undefined)
    return {
      Versions: [{ VersionId: AWS_VERSION, IsDefaultVersion: true, CreateDate: AWS_CREATED }],
      IsTruncated: false,
    }
  const record = await requireOwnPolicy(deps.identity.directory.store, account, arn)
  const page = pageOfList(record.versions, ({ id }) => id.padStart(8, '0'), input)
  return {
    Versions: page.items.map(({ id, createdMs }) => ({
      VersionId: id,
      IsDefaultVersion: id === record.defaultVersion,
      CreateDate: new Date(createdMs),
    })),
    ...page.end,
  }
}
