// AssumeRole: a session of a role. That the caller may was decided by the role's trust policy and the caller's own, in
// the pipeline; what is left is what the session may be like.
import type { Principal, SessionGrants } from '#base/principal.ts'
import { sessionArn } from '#identity/directory/directory.ts'
import { iamArn } from '#identity/directory/records.ts'
import { nameOfCaller } from '#identity/policy/caller.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { accessDenied, validationError } from '../errors.ts'
import { CHAINED_SESSION_SECONDS_MAX, ROLE_SESSION_SECONDS_DEFAULT, ROLE_SESSION_SECONDS_MIN } from '../limits.ts'
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { findRole, ROLE_ARN_PATTERN } from '../role.ts'
import { takeSecondFactor } from '../second-factor.ts'
import { checkSeconds, checkSessionName, checkText, packedPercent, readGrants, showKeys } from '../session-request.ts'

export async function assumeRole(
  deps: StsDeps,
  input: StsInput<'AssumeRole'>,
  context: RequestContext,
): Promise<StsOutput<'AssumeRole'>> {
  const { principal } = context
  const { pattern, shown } = ROLE_ARN_PATTERN
  const arn = checkText('roleArn', input.RoleArn, pattern, shown, 20, 2048)
  const sessionName = checkSessionName(input.RoleSessionName)
  if (principal.kind === 'root') throw accessDenied('Roles may not be assumed by root accounts.')
  const role = await findRole(deps.identity.directory.store, arn)
  if (role === undefined) throw await refusal(deps, principal, arn)
  const isChained = principal.kind === 'session'
  const seconds = checkSeconds(input.DurationSeconds, {
    default: ROLE_SESSION_SECONDS_DEFAULT,
    min: ROLE_SESSION_SECONDS_MIN,
    max: 43_200,
  })
  if (isChained && seconds > CHAINED_SESSION_SECONDS_MAX)
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  if (seconds > role.sessionSecondsMax)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  await takeSecondFactor(deps, input, context)
  const grants = inherit(await readGrants(deps, role.account, input), principal)
  const keys = await deps.identity.stored.beginSession(
    { kind: 'session', account: role.account, roleArn: iamArn('role', role), roleId: role.id, sessionName, grants },
    seconds,
  )
  return {
    Credentials: showKeys(keys),
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${sessionName}`, Arn: sessionArn(arn, sessionName) },
    PackedPolicySize: packedPercent(grants),
    ...(grants.sourceIdentity !== undefined && { SourceIdentity: grants.sourceIdentity }),
  }
}

/** Transitive tags and the source identity go on through a chain and cannot be changed in it. */
function inherit(grants: SessionGrants, principal: Principal): SessionGrants {
  const before = principal.kind === 'session' ? principal.grants : undefined
  if (before === undefined) return grants
  const handed = before.transitiveTags.flatMap((name) => {
    const value = before.tags[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const changed = handed.find(([name]) =>
    Object.keys(grants.tags).some((key) => key.toLowerCase() === name.toLowerCase()),
  )
  if (changed !== undefined)
    throw validationError(`The tag ${changed[0]} was passed as transitive and cannot be set again.`)
  const { sourceIdentity } = before
  if (sourceIdentity !== undefined && grants.sourceIdentity !== undefined && grants.sourceIdentity !== sourceIdentity)
    throw accessDenied('The source identity of a session cannot be changed in a chain of roles.')
  return {
    ...grants,
    tags: { ...grants.tags, ...Object.fromEntries(handed) },
    transitiveTags: [...grants.transitiveTags, ...handed.map(([name]) => name)],
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** A role that does not exist is told in the same words as one that may not be assumed. */
async function refusal({ identity }: StsDeps, principal: Principal, arn: string) {
  const { caller } = await identity.directory.standingOf(principal)
  return accessDenied(`User: ${nameOfCaller(caller)} is not authorized to perform: sts:AssumeRole on resource: ${arn}`)
}
