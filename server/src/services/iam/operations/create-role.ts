// CreateRole: a role, with the policy that says who may assume it.
import { newUniqueId } from '#base/ids.ts'
import { type RoleRecord, nameKey, roles } from '#identity/directory/records.ts'
import { withBoundary } from '../carriers.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { TRUST_POLICY_CHARS_MAX } from '../limits.ts'
import { checkPolicy, checkPolicySize } from '../policy-text.ts'
import { readTags } from '../tags.ts'
import { showWholeRole } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const createRole: IamOperation<'CreateRole'> = async (deps, input, { account }) => {
  const name = required(input.RoleName, 'roleName')
  const { Path: path = '/', MaxSessionDuration: sessionSecondsMax = 3600, Description: description } = input
  new Constraints()
    .name('roleName', name, 'role')
    .path('path', path)
    .range('maxSessionDuration', sessionSecondsMax, { min: 3600, max: 43_200 })
    .length('description', description, { min: 0, max: 1000 })
    .check()
  const trust = checkPolicy(input.AssumeRolePolicyDocument, 'trust', 'assumeRolePolicyDocument')
  checkPolicySize(trust, TRUST_POLICY_CHARS_MAX, 'ACLSizePerRole')
  const tags = readTags(input.Tags)
  const role = await deps.identity.directory.change(async (transaction) => {
    if ((await roles.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`Role with name ${name} already exists.`)
    const plain: RoleRecord = {
      account,
      name,
      path,
      id: newUniqueId('AROA'),
      createdMs: deps.clock.nowMs(),
      inline: {},
      attached: [],
      tags,
      trust,
      sessionSecondsMax,
      ...(description !== undefined && { description }),
    }
    const record = await withBoundary(plain, transaction, input.PermissionsBoundary)
    await roles.set(transaction, nameKey(account, name), record)
    return record
  })
  return { Role: await showWholeRole(deps.identity.directory.store, role) }
}
