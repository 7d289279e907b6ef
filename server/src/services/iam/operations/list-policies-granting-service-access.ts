// ListPoliciesGrantingServiceAccess: which policies of a user, group or role allow anything of a service.
import { groups, nameKey, policies, roles, users } from '#identity/directory/records.ts'
import { awsManagedPolicy } from '#identity/directory/aws-managed-policies.ts'
import { managedDocument } from '#identity/directory/directory.ts'
import type { Reader } from '#storage/transact.ts'
import { required } from '../constraints.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'
import { pageOfList } from '../pages.ts'
import { allowsService } from '../service-access.ts'
import { groupsOf } from '../views.ts'

interface Bearer {
  readonly kind: 'USER' | 'GROUP' | 'ROLE'
  readonly name: string
  readonly inline: Readonly<Record<string, string>>
  readonly attached: readonly string[]
}

export const listPoliciesGrantingServiceAccess: IamOperation<'ListPoliciesGrantingServiceAccess'> = async (
  deps,
  input,
  { account },
) => {
  const { store } = deps.identity.directory
  const bearers = await bearersOf(store, account, required(input.Arn, 'arn'))
  const held = (await Promise.all(bearers.map((bearer) => policiesOf(store, bearer)))).flat()
  const entries = (input.ServiceNamespaces ?? []).map((service) => ({
    ServiceNamespace: service,
    Policies: held.filter(({ document }) => allowsService(document, service)).map(({ shown }) => shown),
  }))
  const page = pageOfList(entries, ({ ServiceNamespace }) => ServiceNamespace, { Marker: input.Marker })
  return { PoliciesGrantingServiceAccess: page.items, ...page.end }
}

async function bearersOf(reader: Reader, account: string, arn: string): Promise<readonly Bearer[]> {
  const [, owner, kind, name = ''] = /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const key = nameKey(account, name)
  if (owner === account && kind === 'user') {
    const user = (await users.get(reader, key))?.value
    if (user !== undefined)
      return [
        { ...user, kind: 'USER' },
        ...(await groupsOf(reader, user)).map((group): Bearer => Object.assign({ kind: 'GROUP' as const }, group)),
      ]
  }
  if (owner === account && kind === 'group') {
    const group = (await groups.get(reader, key))?.value
    if (group !== undefined) return [{ ...group, kind: 'GROUP' }]
  }
  if (owner === account && kind === 'role') {
    const role = (await roles.get(reader, key))?.value
    if (role !== undefined) return [{ ...role, kind: 'ROLE' }]
  }
  throw noSuchEntity(`The entity ${arn} cannot be found.`)
}

async function policiesOf(reader: Reader, { kind, name, inline, attached }: Bearer) {
  const own = Object.entries(inline).map(([policyName, document]) => ({
    document,
    shown: { PolicyName: policyName, PolicyType: 'INLINE' as const, EntityType: kind, EntityName: name },
  }))
  const managed = await Promise.all(
    attached.map(async (arn) => ({
      document: (await managedDocument(reader, arn)) ?? '',
      shown: { PolicyName: await nameOf(reader, arn), PolicyType: 'MANAGED' as const, PolicyArn: arn },
    })),
  )
  return [...own, ...managed.filter(({ document }) => document !== '')]
}

async function nameOf(reader: Reader, arn: string): Promise<string> {
  const last = arn.slice(arn.lastIndexOf('/') + 1)
  if (awsManagedPolicy(arn) !== undefined) return last
  return (await policies.get(reader, nameKey(arn.split(':')[4] ?? '', last)))?.value.name ?? last
}
