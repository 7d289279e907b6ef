// CreateServiceLinkedRole: the role that belongs to a service, which alone can assume and change it.
import { newUniqueId } from '#base/ids.ts'
import { type RoleRecord, nameKey, roles } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { invalidInput } from '../errors.ts'
import { showRole } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const createServiceLinkedRole: IamOperation<'CreateServiceLinkedRole'> = async (deps, input, { account }) => {
  const service = required(input.AWSServiceName, 'awsServiceName')
  if (!/^[a-z0-9.-]+\.amazonaws\.com$/.test(service)) throw invalidInput(`Invalid AWSServiceName ${service}`)
  const suffix = input.CustomSuffix === undefined ? '' : `_${input.CustomSuffix}`
  const title = service
    .slice(0, service.indexOf('.'))
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const name = `AWSServiceRoleFor${title.join('')}${suffix}`
  new Constraints()
    .name('roleName', name, 'role')
    .length('description', input.Description, { min: 0, max: 1000 })
    .check()
  const role = await deps.identity.directory.change(async (transaction) => {
    if ((await roles.get(transaction, nameKey(account, name))) !== undefined)
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
    const record: RoleRecord = {
      account,
      name,
      path: `/aws-service-role/${service}/`,
      id: newUniqueId('AROA'),
      createdMs: deps.clock.nowMs(),
      inline: {},
      attached: [],
      tags: [],
      trust: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      }),
      sessionSecondsMax: 3600,
      serviceLinked: service,
      ...(input.Description !== undefined && { description: input.Description }),
    }
    await roles.set(transaction, nameKey(account, name), record)
    return record
  })
  return { Role: showRole(role) }
}
