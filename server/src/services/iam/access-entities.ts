// Whose use of services a report is about: a user or a role, the users of a group, whoever has a policy.
import { type GroupRecord, groups, iamArn, nameKey, roles, users } from '#identity/directory/records.ts'
import { awsManagedPolicy } from '#identity/directory/aws-managed-policies.ts'
import { managedDocument } from '#identity/directory/directory.ts'
import { allIndexed } from '#storage/each-stored.ts'
import type { Reader } from '#storage/transact.ts'
import { noSuchEntity } from './errors.ts'

export interface AccessEntity {
  readonly arn: string
  readonly name: string
  readonly id: string
  readonly path: string
  readonly type: 'USER' | 'ROLE'
}

/** Throws NoSuchEntity. */
export async function entitiesOf(reader: Reader, account: string, arn: string): Promise<readonly AccessEntity[]> {
  const [, owner = '', kind, name = ''] =
    /^arn:aws:iam::(\d{12}|aws):(user|group|role|policy)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const key = nameKey(account, name)
  if (kind === 'policy' && (owner === account || awsManagedPolicy(arn) !== undefined)) {
    if ((await managedDocument(reader, arn)) !== undefined) return bearersOfPolicy(reader, account, arn)
  } else if (owner === account) {
    const user = kind === 'user' ? await users.get(reader, key) : undefined
    if (user !== undefined) return [entity('USER', user.value)]
    const role = kind === 'role' ? await roles.get(reader, key) : undefined
    if (role !== undefined) return [entity('ROLE', role.value)]
    const group = kind === 'group' ? await groups.get(reader, key) : undefined
    if (group !== undefined) return membersOf(reader, group.value)
  }
  throw noSuchEntity(`The entity ${arn} cannot be found.`)
}

async function bearersOfPolicy(reader: Reader, account: string, arn: string): Promise<readonly AccessEntity[]> {
  const policy = [account, arn]
  const own = (await allIndexed(reader, users, 'policy', policy)).map((user) => entity('USER', user))
  const found = await allIndexed(reader, groups, 'policy', policy)
  const members = await Promise.all(found.map((group) => membersOf(reader, group)))
  const held = (await allIndexed(reader, roles, 'policy', policy)).map((role) => entity('ROLE', role))
  return [...new Map([...own, ...members.flat(), ...held].map((one) => [one.arn, one])).values()]
}

async function membersOf(reader: Reader, { account, name }: GroupRecord): Promise<readonly AccessEntity[]> {
  const members = await allIndexed(reader, users, 'group', [account, name.toLowerCase()])
  return members.map((user) => entity('USER', user))
}

function entity(type: AccessEntity['type'], record: GroupRecord): AccessEntity {
  const { name, id, path } = record
  return { arn: iamArn(type === 'USER' ? 'user' : 'role', record), name, id, path, type }
}
