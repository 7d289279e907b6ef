// Whose permissions are what. Reads the records of an identity and what hangs on it, compiles the policies and keeps the
// result: a decision costs no read of the store once a caller is known. Every change of IAM goes through `change`, which
// forgets what was kept; changes that another process made come by the store's watch.
import type { Principal, SessionGrants } from '#base/principal.ts'
import { grownTo } from '#base/grown-cache.ts'
import type { Store } from '#storage/store.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { LRUCache } from 'lru-cache'
import type { PolicyCaller } from '../policy/caller.ts'
import type { CompiledPolicies } from '../policy/compiled-policies.ts'
import { conditionKeysOf } from '../policy/condition-keys.ts'
import { evaluate, type NamedPolicy, type PolicySet } from '../policy/evaluate.ts'
import { awsManagedPolicy } from './aws-managed-policies.ts'
import { groups, nameKey, PERMISSION_KEYS, policies, readRoleArn, roles, type Tag, users } from './records.ts'
import { IDENTITIES_CACHED_MAX } from './limits.ts'

/** A caller with everything of its own that a decision needs. */
export interface Standing {
  readonly caller: PolicyCaller
  readonly policies: Pick<PolicySet, 'identity' | 'boundary' | 'session'>
  /** Of the identity and of its session, by name. */
  readonly tags: Readonly<Record<string, string>>
  /** Why it may nothing, whatever its policies say; an explanation tells it. */
  readonly flaw: Flaw | undefined
}

/** `missing`: there is no such user or role. `not-trusted`: the role does not let the service that uses it assume it. */
export type Flaw = 'missing' | 'not-trusted'

/** The permissions of a user or role, whoever acts as it. */
interface Held {
  readonly identity: readonly NamedPolicy[]
  readonly boundary: NamedPolicy | undefined
  readonly tags: readonly Tag[]
  readonly flaw: Flaw | undefined
  /** Roles only: the services that may act with it by themselves. */
  readonly trustedBy: ReadonlySet<string>
}

const MISSING: Held = { identity: [], boundary: undefined, tags: [], flaw: 'missing', trustedBy: new Set() }
const NOT_TRUSTED: Held = { ...MISSING, flaw: 'not-trusted' }
const LAMBDA = 'lambda.amazonaws.com'
/** Services that act with roles of their users. */
const USERS_OF_ROLES = [LAMBDA, 'events.amazonaws.com']

export class Directory {
  readonly store: Store
  readonly #compiled: CompiledPolicies
  readonly #held = new LRUCache<string, Held>(grownTo(IDENTITIES_CACHED_MAX))
  readonly #unwatch: readonly (() => void)[]
  /** Rises with every change: what was read before one is not kept after it. */
  #generation = 0

  constructor(store: Store, compiled: CompiledPolicies) {
    this.store = store
    this.#compiled = compiled
    this.#unwatch = PERMISSION_KEYS.map((prefix) => store.watch(prefix, () => this.forget()))
  }

  /** Runs a transaction that changes identities; the next decision sees what it wrote. */
  async change<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      return await transact(this.store, body)
    } finally {
      this.forget()
    }
  }

  forget(): void {
    this.#generation++
    this.#held.clear()
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }

  /** At once when the identity is in memory. */
  standingOf(principal: Principal): Standing | Promise<Standing> {
    switch (principal.kind) {
      case 'anonymous':
        return ANONYMOUS
      case 'root':
        return rootStanding(principal.account)
      case 'user': {
        const { account, userArn: arn } = principal
        return this.#with(this.#userHeld(account, principal.userName), { kind: 'user', account, arn }, undefined)
      }
      case 'session': {
        const { account, roleArn, sessionName, grants } = principal
        const arn = sessionArn(roleArn, sessionName)
        const held = principal.instance === undefined ? this.#roleHeld(roleArn) : this.#serviceRoleHeld(roleArn, LAMBDA)
        return this.#with(held, { kind: 'session', account, arn, roleArn }, grants)
      }
      case 'federated': {
        const { account, name, userName, grants } = principal
        const caller: PolicyCaller = {
          kind: 'federated',
          account,
          arn: `arn:aws:sts::${account}:federated-user/${name}`,
        }
        return userName === undefined
          ? this.#standing('everything', caller, grants)
          : this.#with(this.#userHeld(account, userName), caller, grants)
      }
    }
  }

  #with(
    held: Held | Promise<Held>,
    caller: PolicyCaller,
    grants: SessionGrants | undefined,
  ): Standing | Promise<Standing> {
    return held instanceof Promise
      ? held.then((found) => this.#standing(found, caller, grants))
      : this.#standing(held, caller, grants)
  }

  #standing(
    held: Held | 'everything',
    caller: PolicyCaller,
    grants: SessionGrants | undefined,
  ): Standing | Promise<Standing> {
    const own = held === 'everything' ? EVERYTHING : held
    const tags = { ...tagTable(own.tags), ...grants?.tags }
    const base = { caller, tags, flaw: own.flaw }
    const { identity, boundary } = own
    if (grants === undefined || !isLimited(caller, grants)) return { ...base, policies: { identity, boundary } }
    const documents = grants.policies.map((document, index) => this.#named(`session policy ${index + 1}`, document))
    if (grants.policyArns.length === 0) return { ...base, policies: { identity, boundary, session: documents } }
    return this.#managed(grants.policyArns).then((managed) => ({
      ...base,
      policies: { identity, boundary, session: [...documents, ...managed] },
    }))
  }

  #userHeld(account: string, name: string): Held | Promise<Held> {
    const key = `user ${account} ${name.toLowerCase()}`
    return this.#held.get(key) ?? this.#keep(key, () => this.#readUser(account, name))
  }

  #roleHeld(roleArn: string): Held | Promise<Held> {
    return this.#held.get(roleArn) ?? this.#keep(roleArn, () => this.#readRole(roleArn))
  }

  /** A service that acts with a role by itself, such as `events.amazonaws.com`. */
  standingOfService(service: string, roleArn: string, account: string): Standing | Promise<Standing> {
    const arn = sessionArn(roleArn, service)
    return this.#with(this.#serviceRoleHeld(roleArn, service), { kind: 'session', account, arn, roleArn }, undefined)
  }

  /** The service began the session by itself: what the role's trust policy says of that counts with every call. */
  #serviceRoleHeld(roleArn: string, service: string): Held | Promise<Held> {
    const held = this.#roleHeld(roleArn)
    const trusted = (found: Held): Held =>
      found.flaw === undefined && !found.trustedBy.has(service) ? NOT_TRUSTED : found
    return held instanceof Promise ? held.then(trusted) : trusted(held)
  }

  async #keep(key: string, read: () => Promise<Held>): Promise<Held> {
    const generation = this.#generation
    const held = await read()
    if (generation === this.#generation) this.#held.set(key, held)
    return held
  }

  async #readUser(account: string, name: string): Promise<Held> {
    const user = (await users.get(this.store, nameKey(account, name)))?.value
    if (user === undefined) return MISSING
    const found = await this.store.getMany(user.groups.map((group) => groups.keyOf(nameKey(account, group))))
    const memberships = found.flatMap((entry) => groups.read(entry)?.value ?? [])
    return { ...(await this.#holding(user, [user, ...memberships])), trustedBy: new Set() }
  }

  async #readRole(roleArn: string): Promise<Held> {
    const named = readRoleArn(roleArn)
    if (named === undefined) return MISSING
    const role = (await roles.get(this.store, nameKey(named.account, named.name)))?.value
    if (role === undefined) return MISSING
    return { ...(await this.#holding(role, [role])), trustedBy: this.#trustedBy(roleArn, role.trust, named.account) }
  }

  async #holding(
    { tags, boundary }: { readonly tags: readonly Tag[]; readonly boundary?: string },
    carriers: readonly {
      readonly inline: Readonly<Record<string, string>>
      readonly attached: readonly string[]
    }[],
  ): Promise<Omit<Held, 'trustedBy'>> {
    const inline = carriers.flatMap((carrier) =>
      Object.entries(carrier.inline).map(([name, document]) => this.#named(name, document)),
    )
    const managed = await this.#managed(carriers.flatMap((carrier) => carrier.attached))
    const [limit] = boundary === undefined ? [] : await this.#managed([boundary])
    // A boundary that is gone allows nothing: losing it must not widen anything.
    const effective = boundary === undefined ? undefined : (limit ?? this.#named(boundary, ALLOW_NOTHING))
    return { identity: [...inline, ...managed], boundary: effective, tags, flaw: undefined }
  }

  #trustedBy(roleArn: string, trust: string, account: string): ReadonlySet<string> {
    return new Set(USERS_OF_ROLES.filter((service) => this.#trusts(service, roleArn, trust, account)))
  }

  #trusts(service: string, roleArn: string, trust: string, account: string): boolean {
    const decision = evaluate(
      {
        caller: { kind: 'service', service },
        action: 'sts:AssumeRole',
        resource: roleArn,
        resourceAccount: account,
        keys: conditionKeysOf({ 'aws:SourceAccount': account }),
      },
      { identity: [], resource: [{ name: roleArn, policy: this.#compiled.of(trust, 'trust') }] },
    )
    return decision.kind === 'allowed'
  }

  async #managed(arns: readonly string[]): Promise<readonly NamedPolicy[]> {
    const found: NamedPolicy[] = []
    for (const arn of arns) {
      const document = await managedDocument(this.store, arn)
      if (document !== undefined) found.push(this.#named(arn, document))
    }
    return found
  }

  #named(name: string, document: string): NamedPolicy {
    return { name, policy: this.#compiled.of(document, 'identity') }
  }
}

/** The default version of a managed policy, AWS's or an account's own; undefined when there is none of that ARN. */
export async function managedDocument(store: Pick<Store, 'get'>, arn: string): Promise<string | undefined> {
  const aws = awsManagedPolicy(arn)
  if (aws !== undefined) return aws.document
  const [, account, name] = /^arn:aws:iam::(\d{12}):policy\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (account === undefined || name === undefined) return undefined
  const record = policies.read(await store.get(policies.keyOf(nameKey(account, name))))?.value
  return record?.versions.find(({ id }) => id === record.defaultVersion)?.document
}

const ALLOW_NOTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
})

const EVERYTHING = { identity: 'everything', boundary: undefined, tags: [], flaw: undefined } as const

const ANONYMOUS: Standing = { caller: { kind: 'anonymous' }, policies: { identity: [] }, tags: {}, flaw: undefined }

function rootStanding(account: string): Standing {
  return { caller: { kind: 'root', account }, policies: { identity: 'everything' }, tags: {}, flaw: undefined }
}

/** A federated session without policies may nothing but what resource policies grant it; a role's session has its role's. */
function isLimited(caller: PolicyCaller, { policies: documents, policyArns }: SessionGrants): boolean {
  return caller.kind === 'federated' || documents.length > 0 || policyArns.length > 0
}

function tagTable(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]))
}

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`: without the role's path. */
export function sessionArn(roleArn: string, sessionName: string): string {
  const { account = '', name = roleArn } = readRoleArn(roleArn) ?? {}
  return `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`
}
