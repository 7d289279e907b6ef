// Users, groups and roles by their ARN, with everything that they may.
import { groups, nameKey, roles, users } from '#identity/directory/records.ts'
import { managedDocument } from '#identity/directory/directory.ts'
import type { PolicyCaller } from '#identity/policy/caller.ts'
import type { NamedPolicy } from '#identity/policy/evaluate.ts'
import type { Reader } from '#storage/transact.ts'
import { required } from './constraints.ts'
import { noSuchEntity } from './errors.ts'
import { named } from './simulation.ts'
import { groupsOf } from './views.ts'

export interface NamedPrincipal {
  readonly caller: PolicyCaller
  readonly identity: readonly NamedPolicy[]
  readonly boundary: NamedPolicy | undefined
}

/** Throws NoSuchEntity. */
export async function principalOfArn(
  reader: Reader,
  account: string,
  sourceArn: string | undefined,
): Promise<NamedPrincipal> {
  const arn = required(sourceArn, 'policySourceArn')
  const [, owner, kind, name = ''] = /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const key = nameKey(account, name)
  if (owner === account && kind === 'user') {
    const user = (await users.get(reader, key))?.value
    if (user !== undefined)
      return held(reader, { kind: 'user', account, arn }, [user, ...(await groupsOf(reader, user))], user.boundary)
  }
  if (owner === account && kind === 'group') {
    const group = (await groups.get(reader, key))?.value
    if (group !== undefined) return held(reader, { kind: 'user', account, arn }, [group], undefined)
  }
  if (owner === account && kind === 'role') {
    const role = (await roles.get(reader, key))?.value
    if (role !== undefined) return held(reader, { kind: 'session', account, arn, roleArn: arn }, [role], role.boundary)
  }
  throw noSuchEntity(`The entity ${arn} cannot be found.`)
}

interface Bearer {
  readonly inline: Readonly<Record<string, string>>
  readonly attached: readonly string[]
}

async function held(
  reader: Reader,
  caller: PolicyCaller,
  bearers: readonly Bearer[],
  boundary: string | undefined,
): Promise<NamedPrincipal> {
  const inline = bearers.flatMap((bearer) =>
    Object.entries(bearer.inline).map(([name, document]) => named(name, document, 'identity')),
  )
  const managed = await Promise.all(
    bearers.flatMap(({ attached }) => attached).map((arn) => managedPolicy(reader, arn)),
  )
  return {
    caller,
    identity: [...inline, ...managed.filter((policy) => policy !== undefined)],
    boundary: boundary === undefined ? undefined : await managedPolicy(reader, boundary),
  }
}

async function managedPolicy(reader: Reader, arn: string): Promise<NamedPolicy | undefined> {
  const document = await managedDocument(reader, arn)
  return document === undefined ? undefined : named(arn, document, 'identity')
}
