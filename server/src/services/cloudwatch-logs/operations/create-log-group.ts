import { Constraints } from '../constraints.ts'
import { groupExists, invalidParameter } from '../errors.ts'
import { TAGS_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupRef } from '../names.ts'

const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'] as const

export const createLogGroup: LogsOperation<'CreateLogGroup'> = async ({ logs }, input, context) => {
  const { logGroupName, kmsKeyId, tags, logGroupClass } = input
  new Constraints()
    .groupName('logGroupName', logGroupName)
    .length('kmsKeyId', kmsKeyId, { min: 0, max: 256 })
    .tags('tags', tags, TAGS_MAX)
    .oneOf('logGroupClass', logGroupClass, CLASSES)
    .check()
  if (/^aws\//i.test(logGroupName)) throw invalidParameter('Log groups starting with AWS/ are reserved for AWS.')
  // Taking the key and not using it would promise an encryption that is not there.
  if (kmsKeyId !== undefined)
    throw invalidParameter('Mayfly does not encrypt log groups with a KMS key yet: create the group without kmsKeyId.')
  const outcome = await logs.createGroup(groupRef(context, logGroupName), {
    tags: tags ?? {},
    groupClass: logGroupClass ?? 'STANDARD',
    deletionProtected: input.deletionProtectionEnabled ?? false,
  })
  if (outcome === 'exists') throw groupExists()
  return {}
}
