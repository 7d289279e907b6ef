// What a request knows of itself, under the names of the global condition keys. Source: IAM user guide, "AWS global
// condition context keys". Keys of one service come from the row of the operation.
import type { Principal } from '#base/principal.ts'
import type { Standing } from '#identity/directory/directory.ts'
import { nameOfCaller } from '#identity/policy/caller.ts'
import type { ConditionKeys } from '#identity/policy/condition-keys.ts'
import type { BoundOperation, ConditionValues, RequestContext } from '#protocol/operation.ts'

export interface RequestFacts {
  readonly operation: BoundOperation
  readonly input: unknown
  readonly context: RequestContext
  readonly standing: Standing
  readonly resourceAccount: string
  /** Keys of the resource itself, where a policy asked for one. */
  readonly ofResource?: ResourceValues | undefined
  readonly nowMs: number
}

/** Notes that a key was asked for, and has the values once they were read. */
export interface ResourceValues {
  readonly prefixes: readonly string[]
  asked: boolean
  values: ConditionValues | undefined
}

type Values = readonly string[]
type Read = (facts: RequestFacts) => string | undefined

/** Nothing is computed before a policy asks for it. */
export function requestKeys(facts: RequestFacts): ConditionKeys {
  let own: ReadonlyMap<string, Values> | undefined
  return {
    get(key) {
      const { ofResource } = facts
      if (ofResource?.prefixes.some((prefix) => key.startsWith(prefix)) === true) {
        ofResource.asked = true
        const value = ofResource.values?.[key]
        if (value !== undefined) return typeof value === 'string' ? [value] : value
      }
      const read = GLOBAL.get(key)
      if (read !== undefined) return one(read(facts))
      if (key.startsWith('aws:')) return tagValue(key, facts)
      own ??= lowered(facts.operation.conditions?.(facts.input, facts.context) ?? {})
      return own.get(key)
    },
  }
}

const GLOBAL: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['aws:sourceip', ({ context }) => context.http.remoteAddress],
  ['aws:securetransport', ({ context }) => String(context.http.secure === true)],
  ['aws:useragent', ({ context }) => context.http.headers['user-agent']],
  ['aws:referer', ({ context }) => context.http.headers['referer']],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
  ['aws:requestedregion', ({ context }) => context.region],
  ['aws:resourceaccount', ({ resourceAccount }) => resourceAccount],
  ['aws:viaawsservice', () => 'false'],
  ['aws:principalisawsservice', () => 'false'],
  ['aws:principalarn', ({ context, standing }) => principalArn(context.principal, standing)],
  ['aws:principalaccount', ({ context: { principal } }) => ('account' in principal ? principal.account : undefined)],
  ['aws:principaltype', ({ context }) => PRINCIPAL_TYPES[context.principal.kind]],
  ['aws:userid', ({ context }) => userId(context.principal)],
  ['aws:username', ({ context: { principal } }) => (principal.kind === 'user' ? principal.userName : undefined)],
  ['aws:tokenissuetime', ({ context: { principal } }) => issueTime(principal)],
  // Only temporary credentials say whether a second factor was used.
  ['aws:multifactorauthpresent', ({ context: { principal } }) => secondFactor(principal)],
  [
    'aws:multifactorauthage',
    ({ context: { principal }, nowMs }) =>
      principal.kind === 'user' && principal.mfaMs !== undefined
        ? String(Math.floor((nowMs - principal.mfaMs) / 1000))
        : undefined,
  ],
  ['aws:sourceidentity', ({ context: { principal } }) => grantsOf(principal)?.sourceIdentity],
  ['aws:federatedprovider', ({ context: { principal } }) => grantsOf(principal)?.provider],
])

const PRINCIPAL_TYPES: Readonly<Record<Principal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  session: 'AssumedRole',
  federated: 'FederatedUser',
  anonymous: 'Anonymous',
}

/** A session's is the ARN of its role. */
function principalArn(principal: Principal, { caller }: Standing): string | undefined {
  if (principal.kind === 'anonymous') return undefined
  return principal.kind === 'session' ? principal.roleArn : nameOfCaller(caller)
}

function userId(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous'
    case 'root':
      return principal.account
    case 'user':
      return principal.userId
    case 'session':
      return `${principal.roleId ?? principal.roleArn}:${principal.sessionName}`
    case 'federated':
      return `${principal.account}:${principal.name}`
  }
}

/** Sessions of roles and federated users carry none. */
function secondFactor(principal: Principal): string | undefined {
  if (principal.kind !== 'user') return grantsOf(principal) === undefined ? undefined : 'false'
  return principal.accessKeyId.startsWith('ASIA') ? String(principal.mfaMs !== undefined) : undefined
}

function grantsOf(principal: Principal) {
  return principal.kind === 'session' || principal.kind === 'federated' ? principal.grants : undefined
}

function issueTime(principal: Principal): string | undefined {
  const issuedMs = grantsOf(principal)?.issuedMs
  return issuedMs === undefined ? undefined : new Date(issuedMs).toISOString()
}

const PRINCIPAL_TAG = 'aws:principaltag/'
const REQUEST_TAG = 'aws:requesttag/'

function tagValue(key: string, facts: RequestFacts): Values | undefined {
  if (key.startsWith(PRINCIPAL_TAG)) return one(byName(facts.standing.tags, key.slice(PRINCIPAL_TAG.length)))
  const tags = requestTags(facts.input)
  if (key.startsWith(REQUEST_TAG)) return one(byName(tags, key.slice(REQUEST_TAG.length)))
  if (key === 'aws:tagkeys') {
    const names = [...Object.keys(tags), ...requestTagKeys(facts.input)]
    return names.length === 0 ? undefined : names
  }
  return lowered(facts.operation.conditions?.(facts.input, facts.context) ?? {}).get(key)
}

function byName(tags: Readonly<Record<string, string>>, lowerCase: string): string | undefined {
  for (const [name, value] of Object.entries(tags)) if (name.toLowerCase() === lowerCase) return value
  return undefined
}

/** The tags in an input, however the service spells them: a list of pairs, or a map. */
function requestTags(input: unknown): Readonly<Record<string, string>> {
  const found = member(input, 'Tags') ?? member(input, 'tags')
  if (Array.isArray(found))
    return Object.fromEntries(
      found.flatMap((tag: unknown) => {
        const name = member(tag, 'Key') ?? member(tag, 'key') ?? member(tag, 'TagKey')
        const value = member(tag, 'Value') ?? member(tag, 'value') ?? member(tag, 'TagValue') ?? ''
        return typeof name === 'string' && typeof value === 'string' ? [[name, value]] : []
      }),
    )
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === 'string'))
}

function requestTagKeys(input: unknown): readonly string[] {
  const found = member(input, 'TagKeys') ?? member(input, 'tagKeys')
  return Array.isArray(found) ? found.filter((name): name is string => typeof name === 'string') : []
}

function member(value: unknown, name: string): unknown {
  // Decoded input of some operation: an object whose members are known by name only.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function lowered(values: ConditionValues): ReadonlyMap<string, Values> {
  const found = new Map<string, Values>()
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) found.set(name.toLowerCase(), typeof value === 'string' ? [value] : value)
  return found
}

function one(value: string | undefined): Values | undefined {
  return value === undefined ? undefined : [value]
}
