// ListEntitiesForPolicy: the users, groups and roles that a managed policy is attached to.
import { managedDocument } from '#identity/directory/directory.ts'
import { required } from '../constraints.ts'
import { noSuchPolicy } from '../errors.ts'
import { usesOf } from '../managed-policy.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listEntitiesForPolicy: IamOperation<'ListEntitiesForPolicy'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const arn = required(input.PolicyArn, 'policyArn')
  if ((await managedDocument(store, arn)) === undefined) throw noSuchPolicy(arn)
  const uses = await usesOf(store, account, arn)
  const asBoundary = input.PolicyUsageFilter === 'PermissionsBoundary'
  const wants = (kind: string, path: string): boolean =>
    (input.EntityFilter === undefined || input.EntityFilter === kind) && path.startsWith(input.PathPrefix ?? '/')
  const all = [
    ...(asBoundary ? uses.boundUsers : uses.users).map((one) => ({ kind: 'User', one })),
    ...(asBoundary ? [] : uses.groups).map((one) => ({ kind: 'Group', one })),
    ...(asBoundary ? uses.boundRoles : uses.roles).map((one) => ({ kind: 'Role', one })),
  ].filter(({ kind, one }) => wants(kind, one.path))
  const page = pageOfList(all, ({ kind, one }) => `${kind} ${one.name}`, input)
  const of = (wanted: string) => page.items.filter(({ kind }) => kind === wanted).map(({ one }) => one)
  return {
    PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...page.end,
  }
}
