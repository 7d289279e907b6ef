// What can carry policies: users, groups and roles. Their policy operations differ in names and quotas only.
import {
  groups,
  type GroupRecord,
  nameKey,
  roles,
  type RoleRecord,
  users,
  type UserRecord,
} from '#identity/directory/records.ts'
import { managedDocument } from '#identity/directory/directory.ts'
import type { Collection } from '#storage/collection.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { Constraints, required } from './constraints.ts'
import {
  limitExceeded,
  noSuchEntity,
  noSuchPolicy,
  policyNotAttachable,
  quotaExceeded,
  unmodifiable,
} from './errors.ts'
import { ATTACHED_POLICIES_MAX, INLINE_CHARS_MAX } from './limits.ts'
import type { IamDeps } from './model.ts'
import { checkPolicy, policyChars } from './policy-text.ts'

export interface Carrier<R> {
  readonly kind: 'user' | 'group' | 'role'
  readonly collection: Collection<R>
}

export const USER: Carrier<UserRecord> = { kind: 'user', collection: users }
export const GROUP: Carrier<GroupRecord> = { kind: 'group', collection: groups }
export const ROLE: Carrier<RoleRecord> = { kind: 'role', collection: roles }

/** The record. Throws NoSuchEntity. */
export async function requireCarrier<R>(
  reader: Reader,
  { kind, collection }: Carrier<R>,
  account: string,
  name: string | undefined,
): Promise<R> {
  const wanted = required(name, `${kind}Name`)
  new Constraints().name(`${kind}Name`, wanted, kind).check()
  const found = await collection.get(reader, nameKey(account, wanted))
  if (found === undefined) throw noSuchEntity(`The ${kind} with name ${wanted} cannot be found.`)
  return found.value
}

/** Changes the record in one commit; the next decision sees it. Throws NoSuchEntity. */
export async function changeCarrier<R extends GroupRecord>(
  { identity }: IamDeps,
  carrier: Carrier<R>,
  account: string,
  name: string | undefined,
  change: (record: R, transaction: Transaction) => R | Promise<R>,
): Promise<R> {
  return identity.directory.change(async (transaction) => {
    const record = await requireCarrier(transaction, carrier, account, name)
    refuseServiceLinked(record)
    const next = await change(record, transaction)
    await carrier.collection.set(transaction, nameKey(account, record.name), next)
    return next
  })
}

/** Roles of services belong to their service. Throws UnmodifiableEntity. */
export function refuseServiceLinked(record: GroupRecord): void {
  if (!('serviceLinked' in record) || record.serviceLinked === undefined) return
  throw unmodifiable(
    `Cannot perform the operation on the protected role '${record.name}' - this role is only modifiable by AWS`,
  )
}

/** The record with the inline policy in it. Throws MalformedPolicyDocument, LimitExceeded. */
export function withInline<R extends GroupRecord>(
  record: R,
  kind: Carrier<R>['kind'],
  policyName: string | undefined,
  document: string | undefined,
): R {
  const name = required(policyName, 'policyName')
  new Constraints().name('policyName', name, 'policy').check()
  const inline = { ...record.inline, [name]: checkPolicy(document, 'identity') }
  const chars = Object.values(inline).reduce((sum, text) => sum + policyChars(text), 0)
  if (chars > INLINE_CHARS_MAX[kind])
    throw limitExceeded(`Maximum policy size of ${INLINE_CHARS_MAX[kind]} bytes exceeded for ${kind} ${record.name}`)
  return { ...record, inline }
}

/** The document of an inline policy. Throws NoSuchEntity. */
export function requireInline(record: GroupRecord, kind: string, policyName: string | undefined): string {
  const document = record.inline[required(policyName, 'policyName')]
  if (document === undefined) throw noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`)
  return document
}

export function withoutInline<R extends GroupRecord>(record: R, kind: string, policyName: string | undefined): R {
  requireInline(record, kind, policyName)
  const { [policyName ?? '']: _gone, ...inline } = record.inline
  return { ...record, inline }
}

/** The record with the managed policy attached; doing it twice is fine. Throws NoSuchEntity, LimitExceeded. */
export async function withAttached<R extends GroupRecord>(
  record: R,
  transaction: Transaction,
  { kind }: Carrier<R>,
  policyArn: string | undefined,
): Promise<R> {
  const arn = required(policyArn, 'policyArn')
  if (record.attached.includes(arn)) return record
  if ((await managedDocument(transaction, arn)) === undefined || !mayAttach(arn, record.account))
    throw policyNotAttachable(arn)
  if (record.attached.length >= ATTACHED_POLICIES_MAX)
    throw quotaExceeded(`PoliciesPer${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, ATTACHED_POLICIES_MAX)
  return { ...record, attached: [...record.attached, arn] }
}

export function withoutAttached<R extends GroupRecord>(record: R, policyArn: string | undefined): R {
  const arn = required(policyArn, 'policyArn')
  if (!record.attached.includes(arn)) throw noSuchPolicy(arn)
  return { ...record, attached: record.attached.filter((one) => one !== arn) }
}

/** The record with its permission boundary. Throws NoSuchEntity. */
export async function withBoundary<R extends UserRecord | RoleRecord>(
  record: R,
  reader: Reader,
  boundary: string | undefined,
): Promise<R> {
  if (boundary === undefined) return record
  if ((await managedDocument(reader, boundary)) === undefined || !mayAttach(boundary, record.account))
    throw noSuchEntity(`Scope ARN: ${boundary} does not exist or is not attachable.`)
  return { ...record, boundary }
}

/** Only an account's own policies, and AWS's. */
function mayAttach(arn: string, account: string): boolean {
  return arn.startsWith('arn:aws:iam::aws:') || arn.startsWith(`arn:aws:iam::${account}:`)
}
