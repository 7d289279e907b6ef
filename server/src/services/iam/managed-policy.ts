// Managed policies, AWS's and the account's own, by their ARN.
import { awsManagedPolicy, type AwsManagedPolicy } from '#identity/directory/aws-managed-policies.ts'
import { groups, iamArn, nameKey, policies, type PolicyRecord, roles, users } from '#identity/directory/records.ts'
import { allIndexed } from '#storage/each-stored.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { invalidInput, noSuchEntity, noSuchPolicy } from './errors.ts'
import type { IamDeps } from './model.ts'
import { showTags } from './tags.ts'

/** AWS's policies have one version here, of this id and time. */
export const AWS_VERSION = 'v1'
export const AWS_CREATED = new Date('2015-02-06T18:39:46Z')

/** The account's own policy of an ARN; undefined when it is none of its. */
export async function findOwnPolicy(reader: Reader, account: string, arn: string): Promise<PolicyRecord | undefined> {
  const [, owner, name] = /^arn:aws:iam::(\d{12}):policy\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (owner !== account || name === undefined) return undefined
  const record = (await policies.get(reader, nameKey(account, name)))?.value
  return record !== undefined && iamArn('policy', record) === arn ? record : undefined
}

/** As findOwnPolicy. Throws NoSuchEntity. */
export async function requireOwnPolicy(
  reader: Reader,
  account: string,
  policyArn: string | undefined,
): Promise<PolicyRecord> {
  const arn = required(policyArn, 'policyArn')
  if (awsManagedPolicy(arn) !== undefined)
    throw invalidInput(`Cannot perform the operation on the AWS managed policy ${arn}.`)
  const record = await findOwnPolicy(reader, account, arn)
  if (record === undefined) throw noSuchPolicy(arn)
  return record
}

/** Changes an own policy in one commit. */
export async function changePolicy(
  { identity }: IamDeps,
  account: string,
  arn: string | undefined,
  change: (record: PolicyRecord) => PolicyRecord,
): Promise<PolicyRecord> {
  return identity.directory.change(async (transaction) => {
    const next = change(await requireOwnPolicy(transaction, account, arn))
    await policies.set(transaction, nameKey(account, next.name), next)
    return next
  })
}

/** A version of a policy of either kind. Throws NoSuchEntity. */
export async function requireVersion(
  reader: Reader,
  account: string,
  policyArn: string | undefined,
  versionId: string | undefined,
) {
  const arn = required(policyArn, 'policyArn')
  const id = required(versionId, 'versionId')
  const aws = awsManagedPolicy(arn)
  if (aws !== undefined && id === AWS_VERSION)
    return { id, document: aws.document, isDefault: true, created: AWS_CREATED }
  const record = aws === undefined ? await requireOwnPolicy(reader, account, arn) : undefined
  const version = record?.versions.find((one) => one.id === id)
  if (version === undefined) throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`)
  return {
    id,
    document: version.document,
    isDefault: record?.defaultVersion === id,
    created: new Date(version.createdMs),
  }
}

/** Users, groups and roles that a policy is attached to, and those whose boundary it is. */
export async function usesOf(reader: Reader, account: string, arn: string) {
  const policy = [account, arn]
  const [ofUsers, ofGroups, ofRoles, boundUsers, boundRoles] = await Promise.all([
    allIndexed(reader, users, 'policy', policy),
    allIndexed(reader, groups, 'policy', policy),
    allIndexed(reader, roles, 'policy', policy),
    allIndexed(reader, users, 'boundary', policy),
    allIndexed(reader, roles, 'boundary', policy),
  ])
  return { users: ofUsers, groups: ofGroups, roles: ofRoles, boundUsers, boundRoles }
}

export async function showOwnPolicy(reader: Reader | Transaction, record: PolicyRecord) {
  const arn = iamArn('policy', record)
  const uses = await usesOf(reader, record.account, arn)
  return {
    PolicyName: record.name,
    PolicyId: record.id,
    Arn: arn,
    Path: record.path,
    DefaultVersionId: record.defaultVersion,
    AttachmentCount: uses.users.length + uses.groups.length + uses.roles.length,
    PermissionsBoundaryUsageCount: uses.boundUsers.length + uses.boundRoles.length,
    IsAttachable: true,
    CreateDate: new Date(record.createdMs),
    UpdateDate: new Date(record.updatedMs),
    ...(record.description !== undefined && { Description: record.description }),
    Tags: showTags(record.tags),
  }
}

export async function showAwsPolicy(reader: Reader, account: string, policy: AwsManagedPolicy) {
  const uses = await usesOf(reader, account, policy.arn)
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: AWS_VERSION,
    AttachmentCount: uses.users.length + uses.groups.length + uses.roles.length,
    PermissionsBoundaryUsageCount: uses.boundUsers.length + uses.boundRoles.length,
    IsAttachable: true,
    CreateDate: AWS_CREATED,
    UpdateDate: AWS_CREATED,
    Description: policy.description,
    Tags: [],
  }
}
