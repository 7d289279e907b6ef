// GetAccountAuthorizationDetails: every user, group, role and managed policy of an account with all that hangs on it.
import { awsManagedPolicies } from '#identity/directory/aws-managed-policies.ts'
import {
  groups,
  type GroupRecord,
  instanceProfiles,
  policies,
  type PolicyRecord,
  roles,
  type RoleRecord,
  users,
  type UserRecord,
} from '#identity/directory/records.ts'
import type { Collection } from '#storage/collection.ts'
import { type Key, LIST_PAGE_MAX } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { AWS_CREATED, AWS_VERSION, showAwsPolicy, showOwnPolicy } from './managed-policy.ts'
import { encodeDocument } from './policy-text.ts'
import { showTags } from './tags.ts'
import { showGroup, showInstanceProfile, showUser, showWholeRole } from './views.ts'

/** One entity of the answer. `name` orders the pages. */
export type Detail =
  | { readonly kind: 'User'; readonly name: string; readonly record: UserRecord }
  | { readonly kind: 'Group'; readonly name: string; readonly record: GroupRecord }
  | { readonly kind: 'Role'; readonly name: string; readonly record: RoleRecord }
  | { readonly kind: 'LocalManagedPolicy'; readonly name: string; readonly record: PolicyRecord }
  | { readonly kind: 'AWSManagedPolicy'; readonly name: string; readonly record: string }

/** Everything of an account, AWS's policies only where they are attached to something. */
export async function detailsOf(reader: Reader, account: string): Promise<readonly Detail[]> {
  const [ofUsers, ofGroups, ofRoles, ofPolicies] = await Promise.all([
    all(reader, users, account),
    all(reader, groups, account),
    all(reader, roles, account),
    all(reader, policies, account),
  ])
  const attached = new Set([...ofUsers, ...ofGroups, ...ofRoles].flatMap((one) => one.attached))
  const aws = [...awsManagedPolicies().keys()].filter((arn) => attached.has(arn))
  return [
    ...ofUsers.map((record) => ({ kind: 'User' as const, name: `1 ${record.name}`, record })),
    ...ofGroups.map((record) => ({ kind: 'Group' as const, name: `2 ${record.name}`, record })),
    ...ofRoles.map((record) => ({ kind: 'Role' as const, name: `3 ${record.name}`, record })),
    ...ofPolicies.map((record) => ({ kind: 'LocalManagedPolicy' as const, name: `4 ${record.name}`, record })),
    ...aws.map((arn) => ({ kind: 'AWSManagedPolicy' as const, name: `5 ${arn}`, record: arn })),
  ]
}

/** Every record of an account: bounded by IAM's quotas. */
export async function all<T>(reader: Reader, collection: Collection<T>, account: string): Promise<readonly T[]> {
  const found: T[] = []
  for (let after: Key | undefined; ;) {
    const page = await collection.list(reader, { prefix: [account], ...(after !== undefined && { after }) })
    found.push(...page.map(({ value }) => value))
    after = page.at(-1)?.key
    if (page.length < LIST_PAGE_MAX) return found
  }
}

function inlineOf({ inline }: GroupRecord) {
  return Object.entries(inline).map(([name, document]) => ({
    PolicyName: name,
    PolicyDocument: encodeDocument(document),
  }))
}

function attachedOf({ attached }: GroupRecord) {
  return attached.map((arn) => ({ PolicyArn: arn, PolicyName: arn.slice(arn.lastIndexOf('/') + 1) }))
}

export function userDetail(user: UserRecord) {
  return {
    ...showUser(user),
    UserPolicyList: inlineOf(user),
    GroupList: [...user.groups],
    AttachedManagedPolicies: attachedOf(user),
    Tags: showTags(user.tags),
  }
}

export function groupDetail(group: GroupRecord) {
  return { ...showGroup(group), GroupPolicyList: inlineOf(group), AttachedManagedPolicies: attachedOf(group) }
}

export async function roleDetail(reader: Reader, role: RoleRecord) {
  const key = [role.account, role.name.toLowerCase()]
  const profiles = await instanceProfiles.listIndex(reader, 'role', { prefix: key })
  const { Description: _description, MaxSessionDuration: _max, ...shown } = await showWholeRole(reader, role)
  return {
    ...shown,
    InstanceProfileList: await Promise.all(profiles.map(({ value }) => showInstanceProfile(reader, value))),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: attachedOf(role),
    Tags: showTags(role.tags),
  }
}

export async function policyDetail(reader: Reader, record: PolicyRecord) {
  const { Tags: _tags, ...shown } = await showOwnPolicy(reader, record)
  return {
    ...shown,
    PolicyVersionList: record.versions.map(({ id, document, createdMs }) => ({
      Document: encodeDocument(document),
      VersionId: id,
      IsDefaultVersion: id === record.defaultVersion,
      CreateDate: new Date(createdMs),
    })),
  }
}

export async function awsPolicyDetail(reader: Reader, account: string, arn: string) {
  const policy = awsManagedPolicies().get(arn)
  if (policy === undefined) return {}
  const { Tags: _tags, ...shown } = await showAwsPolicy(reader, account, policy)
  const Document = encodeDocument(policy.document)
  return {
    ...shown,
    PolicyVersionList: [{ Document, VersionId: AWS_VERSION, IsDefaultVersion: true, CreateDate: AWS_CREATED }],
  }
}
