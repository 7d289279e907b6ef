// May this caller do this? One evaluator for every request. Source: IAM user guide, "Policy evaluation logic" and
// "Cross-account policy evaluation logic".
//
// 1. A matching Deny anywhere decides.
// 2. A resource policy of the caller's own account that names the very user or session decides by itself.
// 3. Otherwise something must allow: an identity policy, or a resource policy of the same account that names the role
//    or everybody; and the permission boundary and the session policies, where there are any, must allow as well.
// 4. Between accounts both sides must allow: an identity policy of the caller and the resource's own policy.
// 5. Some resources have the last word (keys, roles that are to be assumed): their policy must name the caller, or trust the
//    caller's account and so leave it to its identity policies.
import { type ArnFields, arnFields } from './arn-pattern.ts'
import { accountOfCaller, type PolicyCaller } from './caller.ts'
import type { CompiledPolicy, CompiledStatement } from './compile.ts'
import type { ConditionKeys } from './condition-keys.ts'
import { type Meant, stronger } from './principals.ts'

export interface AccessRequest {
  readonly caller: PolicyCaller
  /** `s3:GetObject`. */
  readonly action: string
  /** The ARN, or `*`. */
  readonly resource: string
  /** The account that owns the resource. */
  readonly resourceAccount: string
  readonly keys: ConditionKeys
}

export interface NamedPolicy {
  /** The ARN of a managed policy, the name of an inline one, or what the policy hangs on. */
  readonly name: string
  readonly policy: CompiledPolicy
}

export interface PolicySet {
  /** The caller's own policies. `everything`: root of an account, to which they do not apply. */
  readonly identity: 'everything' | readonly NamedPolicy[]
  readonly boundary?: NamedPolicy | undefined
  /** Of a session: given when it began. Undefined for none; an allow of any of them is enough. */
  readonly session?: readonly NamedPolicy[] | undefined
  readonly resource?: readonly NamedPolicy[] | undefined
  /** The resource has the last word (rule 5). */
  readonly resourceDecides?: boolean
}

export type PolicySide = 'identity' | 'resource' | 'boundary' | 'session'

export interface StatementName {
  readonly side: PolicySide
  readonly policy: string
  readonly sid: string | undefined
  readonly index: number
}

export type Decision =
  | { readonly kind: 'allowed'; readonly by: StatementName | 'root' }
  | { readonly kind: 'denied'; readonly by: StatementName }
  /** Nothing denies; `missing` is the side that would have had to allow. */
  | { readonly kind: 'not-allowed'; readonly missing: PolicySide }

/** With what every pattern needs, made once. */
interface Asked extends AccessRequest {
  readonly fields: ArnFields
}

/** Decides. Pure: the same request and policies always give the same decision. */
export function evaluate(access: AccessRequest, policies: PolicySet): Decision {
  const request: Asked = { ...access, fields: arnFields(access.resource) }
  const denial = denialOf(request, policies)
  if (denial !== undefined) return { kind: 'denied', by: denial }
  const resource = resourceGrant(request, policies)
  return accountOfCaller(request.caller) === request.resourceAccount
    ? withinAccount(request, policies, resource)
    : betweenAccounts(request, policies, resource)
}

/** What the resource policies grant, and by which statement. */
interface Grant {
  readonly meant: Meant
  readonly by: StatementName | undefined
}

const NO_GRANT: Grant = { meant: 'not', by: undefined }

function withinAccount(request: Asked, policies: PolicySet, resource: Grant): Decision {
  if (resource.meant === 'exact' && resource.by !== undefined) return { kind: 'allowed', by: resource.by }
  const open = resource.meant === 'open' ? resource.by : undefined
  const identity = identityGrant(request, policies)
  // Root of the account always gets in: nobody can lock an account out of what it owns.
  if (policies.resourceDecides === true && resource.meant === 'not' && identity !== 'root')
    return { kind: 'not-allowed', missing: 'resource' }
  const by = open ?? identity
  if (by === undefined) return { kind: 'not-allowed', missing: 'identity' }
  return limited(request, policies, by)
}

function betweenAccounts(request: Asked, policies: PolicySet, resource: Grant): Decision {
  if (resource.by === undefined) return { kind: 'not-allowed', missing: 'resource' }
  // Those of no account have no policies of their own.
  if (accountOfCaller(request.caller) === undefined) return { kind: 'allowed', by: resource.by }
  if (identityGrant(request, policies) === undefined) return { kind: 'not-allowed', missing: 'identity' }
  return limited(request, policies, resource.by)
}

/** Boundary and session policies allow nothing by themselves; they take away. */
function limited(request: Asked, policies: PolicySet, by: StatementName | 'root'): Decision {
  const { boundary, session } = policies
  if (boundary !== undefined && allowing(request, [boundary], 'boundary') === undefined)
    return { kind: 'not-allowed', missing: 'boundary' }
  if (session !== undefined && allowing(request, session, 'session') === undefined)
    return { kind: 'not-allowed', missing: 'session' }
  return { kind: 'allowed', by }
}

function identityGrant(request: Asked, { identity }: PolicySet): StatementName | 'root' | undefined {
  return identity === 'everything' ? 'root' : allowing(request, identity, 'identity')
}

function denialOf(request: Asked, policies: PolicySet): StatementName | undefined {
  const { identity, boundary, session, resource } = policies
  return (
    (identity === 'everything' ? undefined : denying(request, identity, 'identity')) ??
    (resource === undefined ? undefined : denying(request, resource, 'resource')) ??
    (boundary === undefined ? undefined : denying(request, [boundary], 'boundary')) ??
    (session === undefined ? undefined : denying(request, session, 'session'))
  )
}

function denying(request: Asked, policies: readonly NamedPolicy[], side: PolicySide): StatementName | undefined {
  return firstMatching(request, policies, side, 'Deny')
}

function allowing(request: Asked, policies: readonly NamedPolicy[], side: PolicySide): StatementName | undefined {
  return firstMatching(request, policies, side, 'Allow')
}

function firstMatching(
  request: Asked,
  policies: readonly NamedPolicy[],
  side: PolicySide,
  effect: 'Allow' | 'Deny',
): StatementName | undefined {
  for (const { name, policy } of policies)
    for (const statement of policy.concerning(request.action))
      if (statement.effect === effect && statement.principal(request.caller) !== 'not' && applies(statement, request))
        return nameOf(side, name, statement)
  return undefined
}

function resourceGrant(request: Asked, { resource = [] }: PolicySet): Grant {
  let grant = NO_GRANT
  for (const { name, policy } of resource)
    for (const statement of policy.concerning(request.action)) {
      if (statement.effect !== 'Allow') continue
      const meant = statement.principal(request.caller)
      if (stronger(grant.meant, meant) === grant.meant || !applies(statement, request)) continue
      grant = { meant, by: nameOf('resource', name, statement) }
    }
  return grant
}

function applies(statement: CompiledStatement, { resource, fields, keys }: Asked): boolean {
  return statement.matchesResource(resource, fields, keys) && statement.conditionsHold(keys)
}

function nameOf(side: PolicySide, policy: string, { sid, index }: CompiledStatement): StatementName {
  return { side, policy, sid, index }
}
