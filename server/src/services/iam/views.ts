// Records as the API shows them.
import {
  groups,
  type GroupRecord,
  iamArn,
  type InstanceProfileRecord,
  nameKey,
  roles,
  type RoleRecord,
  type UserRecord,
} from '#identity/directory/records.ts'
import { serviceUses } from '#identity/directory/usage.ts'
import type { Reader } from '#storage/transact.ts'
import { encodeDocument } from './policy-text.ts'
import { showTags } from './tags.ts'

function boundaryOf({ boundary }: { readonly boundary?: string }) {
  return boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
          PermissionsBoundaryArn: boundary,
        },
      }
}

export function showUser(user: UserRecord) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: iamArn('user', user),
    CreateDate: new Date(user.createdMs),
    ...boundaryOf(user),
    ...(user.tags.length > 0 && { Tags: showTags(user.tags) }),
  }
}

export function showGroup(group: GroupRecord) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: iamArn('group', group),
    CreateDate: new Date(group.createdMs),
  }
}

/** As lists show it: without tags, boundary and last use. */
export function showRole(role: RoleRecord) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: iamArn('role', role),
    CreateDate: new Date(role.createdMs),
    AssumeRolePolicyDocument: encodeDocument(role.trust),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.sessionSecondsMax,
  }
}

export async function showWholeRole(reader: Reader, role: RoleRecord) {
  return {
    ...showRole(role),
    ...boundaryOf(role),
    ...(role.tags.length > 0 && { Tags: showTags(role.tags) }),
    RoleLastUsed: await lastUseOf(reader, role.account, iamArn('role', role)),
  }
}

/** When and where an identity last made a call. */
async function lastUseOf(reader: Reader, account: string, arn: string) {
  const uses = await serviceUses.list(reader, { prefix: [account, arn] })
  const last = uses.map(({ value }) => value).toSorted((a, b) => b.usedMs - a.usedMs)[0]
  return last === undefined ? {} : { LastUsedDate: new Date(last.usedMs), Region: last.region }
}

export async function showInstanceProfile(reader: Reader, profile: InstanceProfileRecord) {
  const role =
    profile.role === undefined ? undefined : (await roles.get(reader, nameKey(profile.account, profile.role)))?.value
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: iamArn('instance-profile', profile),
    CreateDate: new Date(profile.createdMs),
    Roles: role === undefined ? [] : [showRole(role)],
    Tags: showTags(profile.tags),
  }
}

/** The groups of a user, those that still exist. */
export async function groupsOf(reader: Reader, user: UserRecord): Promise<readonly GroupRecord[]> {
  const found = await reader.getMany(user.groups.map((name) => groups.keyOf(nameKey(user.account, name))))
  return found.flatMap((entry) => groups.read(entry)?.value ?? [])
}
