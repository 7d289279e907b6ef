// CreatePolicy: a managed policy of the account, with its first version.
import { newUniqueId } from '#base/ids.ts'
import { type PolicyRecord, nameKey, policies } from '#identity/directory/records.ts'
import { Constraints, required } from '../constraints.ts'
import { alreadyExists } from '../errors.ts'
import { MANAGED_POLICY_CHARS_MAX } from '../limits.ts'
import { showOwnPolicy } from '../managed-policy.ts'
import { checkPolicy, checkPolicySize } from '../policy-text.ts'
import { readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const createPolicy: IamOperation<'CreatePolicy'> = async (deps, input, { account }) => {
  const name = required(input.PolicyName, 'policyName')
  const { Path: path = '/', Description: description } = input
  new Constraints()
    .name('policyName', name, 'policy')
    .path('path', path)
    .length('description', description, { min: 0, max: 1000 })
    .check()
  const document = checkPolicy(input.PolicyDocument, 'identity')
  checkPolicySize(document, MANAGED_POLICY_CHARS_MAX, 'PolicySize')
  const tags = readTags(input.Tags)
  const createdMs = deps.clock.nowMs()
  const record: PolicyRecord = {
    account,
    name,
    path,
    id: newUniqueId('ANPA'),
    createdMs,
    updatedMs: createdMs,
    tags,
    defaultVersion: 'v1',
    versions: [{ id: 'v1', createdMs, document }],
    versionsMade: 1,
    ...(description !== undefined && { description }),
  }
  await deps.identity.directory.change(async (transaction) => {
    if ((await policies.get(transaction, nameKey(account, name))) !== undefined)
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
    await policies.set(transaction, nameKey(account, name), record)
  })
  return { Policy: await showOwnPolicy(deps.identity.directory.store, record) }
}
