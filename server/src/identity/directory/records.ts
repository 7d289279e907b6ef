// What IAM keeps of an account: users, groups, roles, customer managed policies, instance profiles, identity providers, and
// the account itself. A record holds its inline policies and the ARNs of its managed ones, so that a change of one
// identity is one record. Names are the same in any case: keys hold them in lower case.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'

export interface Tag {
  readonly key: string
  readonly value: string
}

/** What users, groups and roles have in common. */
interface Identity {
  readonly account: string
  readonly name: string
  /** Begins and ends with a slash. */
  readonly path: string
  /** AIDA..., AGPA..., AROA... */
  readonly id: string
  readonly createdMs: number
  /** Policy documents by name. */
  readonly inline: Readonly<Record<string, string>>
  /** ARNs of managed policies. */
  readonly attached: readonly string[]
}

export interface LoginProfile {
  readonly createdMs: number
  readonly resetRequired: boolean
  /** scrypt, base64. */
  readonly salt: string
  readonly hash: string
}

export interface UserRecord extends Identity {
  readonly tags: readonly Tag[]
  /** ARN of the permission boundary. */
  readonly boundary?: string
  /** Names of groups. */
  readonly groups: readonly string[]
  readonly login?: LoginProfile
}

export type GroupRecord = Identity

export interface RoleRecord extends Identity {
  readonly tags: readonly Tag[]
  readonly boundary?: string
  readonly description?: string
  readonly sessionSecondsMax: number
  /** The trust policy, as it was given. */
  readonly trust: string
  /** The service that the role belongs to; such roles only its service changes. */
  readonly serviceLinked?: string
}

export interface PolicyVersion {
  /** `v1`, `v2`, ... */
  readonly id: string
  readonly createdMs: number
  readonly document: string
}

export interface PolicyRecord {
  readonly account: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly createdMs: number
  readonly updatedMs: number
  readonly description?: string
  readonly tags: readonly Tag[]
  readonly defaultVersion: string
  /** Oldest first, at most five. */
  readonly versions: readonly PolicyVersion[]
  /** Counts up, so that ids of versions are never used again. */
  readonly versionsMade: number
}

export interface InstanceProfileRecord {
  readonly account: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly createdMs: number
  readonly role?: string
  readonly tags: readonly Tag[]
}

export interface OidcProviderRecord {
  readonly account: string
  /** Without `https://`: what tokens name as their issuer, and what ends the ARN. */
  readonly url: string
  readonly createdMs: number
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly tags: readonly Tag[]
}

export interface SamlProviderRecord {
  readonly account: string
  readonly name: string
  readonly id: string
  readonly createdMs: number
  readonly validUntilMs: number
  readonly metadata: string
  readonly tags: readonly Tag[]
}

export interface PasswordPolicy {
  readonly minimumLength: number
  readonly symbols: boolean
  readonly numbers: boolean
  readonly upperCase: boolean
  readonly lowerCase: boolean
  readonly usersMayChange: boolean
  readonly maxAgeDays?: number
  readonly reusePrevention?: number
  readonly hardExpiry: boolean
}

export interface AccountRecord {
  readonly account: string
  readonly createdMs: number
  /** What its operator calls it. */
  readonly name?: string
  readonly alias?: string
  readonly passwordPolicy?: PasswordPolicy
}

function named<T extends Identity>(kind: string): Collection<T> {
  return new Collection<T>({
    name: `identity.${kind}`,
    codec: jsonCodec<T>(1),
    indexes: { policy: ({ account, attached }) => attached.map((arn) => [account, arn]) },
  })
}

/** Keys of all of these: [account, name in lower case]. Index `policy`: [account, ARN of an attached policy]. */
export const groups = named<GroupRecord>('groups')
export const users = new Collection<UserRecord>({
  name: 'identity.users',
  codec: jsonCodec<UserRecord>(1),
  indexes: {
    policy: ({ account, attached }) => attached.map((arn) => [account, arn]),
    boundary: ({ account, boundary }) => (boundary === undefined ? [] : [[account, boundary]]),
    group: ({ account, groups: names }) => names.map((name) => [account, name.toLowerCase()]),
  },
})
export const roles = new Collection<RoleRecord>({
  name: 'identity.roles',
  codec: jsonCodec<RoleRecord>(1),
  indexes: {
    policy: ({ account, attached }) => attached.map((arn) => [account, arn]),
    boundary: ({ account, boundary }) => (boundary === undefined ? [] : [[account, boundary]]),
  },
})
export const policies = new Collection<PolicyRecord>({
  name: 'identity.policies',
  codec: jsonCodec<PolicyRecord>(1),
})
export const instanceProfiles = new Collection<InstanceProfileRecord>({
  name: 'identity.instance-profiles',
  codec: jsonCodec<InstanceProfileRecord>(1),
  indexes: { role: ({ account, role }) => (role === undefined ? [] : [[account, role.toLowerCase()]]) },
})
/** Key: [account, url]. */
export const oidcProviders = new Collection<OidcProviderRecord>({
  name: 'identity.oidc-providers',
  codec: jsonCodec<OidcProviderRecord>(1),
})
export const samlProviders = new Collection<SamlProviderRecord>({
  name: 'identity.saml-providers',
  codec: jsonCodec<SamlProviderRecord>(1),
})
/** Key: [account]. Index `alias`: [alias]. */
export const accounts = new Collection<AccountRecord>({
  name: 'identity.accounts',
  codec: jsonCodec<AccountRecord>(1),
  indexes: { alias: ({ alias }) => (alias === undefined ? [] : [[alias]]) },
})

/** What changes who may do what: whoever keeps something of it watches these. */
export const PERMISSION_KEYS: readonly Key[] = [users, groups, roles, policies].map((one) => one.keyOf([]))

/** The key of a record that has a name. */
export function nameKey(account: string, name: string): Key {
  return [account, name.toLowerCase()]
}

export type ArnKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile' | 'server-certificate'

/** `arn:aws:iam::<account>:<kind><path><name>`. */
export function iamArn(kind: ArnKind, { account, path, name }: Pick<Identity, 'account' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:${kind}${path}${name}`
}

/** The account and name of a role, out of its ARN. */
export function readRoleArn(arn: string): { readonly account: string; readonly name: string } | undefined {
  const [, account, name] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  return account === undefined || name === undefined ? undefined : { account, name }
}
