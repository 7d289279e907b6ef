// AssumeRoleWithWebIdentity: a session of a role for whoever brings a token of an issuer that the account knows and the role
// trusts. The token's signature, times, issuer and audience are verified with the issuer's own keys.
import type { ConditionKeys } from '#identity/policy/condition-keys.ts'
import { conditionKeysOf } from '#identity/policy/condition-keys.ts'
import { sessionArn } from '#identity/directory/directory.ts'
import { iamArn, type OidcProviderRecord, oidcProviders, type RoleRecord } from '#identity/directory/records.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { accessDenied, expiredToken, invalidIdentityToken, validationError } from '../errors.ts'
import { ROLE_SESSION_SECONDS_DEFAULT, ROLE_SESSION_SECONDS_MIN, TOKEN_CHARS_MAX } from '../limits.ts'
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { findRole, ROLE_ARN_PATTERN } from '../role.ts'
import { checkSeconds, checkSessionName, checkText, packedPercent, readGrants, showKeys } from '../session-request.ts'

const ACTION = 'sts:AssumeRoleWithWebIdentity'

export async function assumeRoleWithWebIdentity(
  deps: StsDeps,
  input: StsInput<'AssumeRoleWithWebIdentity'>,
  context: RequestContext,
): Promise<StsOutput<'AssumeRoleWithWebIdentity'>> {
  const { pattern, shown } = ROLE_ARN_PATTERN
  const arn = checkText('roleArn', input.RoleArn, pattern, shown, 20, 2048)
  const sessionName = checkSessionName(input.RoleSessionName)
  const token = checkText('webIdentityToken', input.WebIdentityToken, /^\S+$/, String.raw`\S+`, 4, TOKEN_CHARS_MAX)
  const role = await findRole(deps.identity.directory.store, arn)
  if (role === undefined) throw denied()
  const { provider, claims, audience } = await verifyToken(deps, role, token)
  const grants = await readGrants(deps, role.account, input)
  const subject = claims.sub ?? ''
  permit(deps, role, provider, {
    [`${provider.url}:aud`]: audience,
    [`${provider.url}:sub`]: subject,
    [`${provider.url}:amr`]: Array.isArray(claims['amr']) ? claims['amr'].map(String) : undefined,
    'sts:RoleSessionName': sessionName,
    'aws:SourceIp': context.http.remoteAddress,
  })
  const seconds = checkSeconds(input.DurationSeconds, {
    default: ROLE_SESSION_SECONDS_DEFAULT,
    min: ROLE_SESSION_SECONDS_MIN,
    max: 43_200,
  })
  if (seconds > role.sessionSecondsMax)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  const keys = await deps.identity.stored.beginSession(
    {
      kind: 'session',
      account: role.account,
      roleArn: arn,
      roleId: role.id,
      sessionName,
      grants: { ...grants, provider: providerArn(provider) },
    },
    seconds,
  )
  return {
    Credentials: showKeys(keys),
    SubjectFromWebIdentityToken: subject,
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${sessionName}`, Arn: sessionArn(arn, sessionName) },
    PackedPolicySize: packedPercent(grants),
    Provider: providerArn(provider),
    Audience: audience,
  }
}

interface Verified {
  readonly provider: OidcProviderRecord
  readonly claims: JWTPayload
  readonly audience: string
}

async function verifyToken(deps: StsDeps, { account }: RoleRecord, token: string): Promise<Verified> {
  const issuer = issuerOf(token)
  const url = issuer.slice(issuer.indexOf('://') + 3).replace(/\/$/, '')
  const provider = (await oidcProviders.get(deps.identity.directory.store, [account, url]))?.value
  if (provider === undefined)
    throw invalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  const claims = await verify(deps, issuer, token)
  const audiences = [claims.aud ?? []].flat()
  const audience = audiences.find((one) => provider.clientIds.includes(one))
  if (audience === undefined) throw invalidIdentityToken('Incorrect token audience')
  return { provider, claims, audience }
}

function issuerOf(token: string): string {
  let issuer: unknown
  try {
    issuer = decodeJwt(token).iss
  } catch {
    throw invalidIdentityToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
  if (typeof issuer !== 'string' || !/^https?:\/\/\S+$/.test(issuer))
    throw invalidIdentityToken('The ID Token provided has no issuer.')
  return issuer
}

/** A key that is not known may be a new one of the issuer: its keys are fetched once more. */
async function verify({ issuers, clock }: StsDeps, issuer: string, token: string): Promise<JWTPayload> {
  const options = { issuer, currentDate: new Date(clock.nowMs()), requiredClaims: ['exp', 'sub', 'aud'] }
  for (const fresh of [false, true])
    try {
      return (await jwtVerify(token, await issuers.keysOf(issuer, fresh), options)).payload
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw expiredToken(`Token expired: current date/time must be before the expiration date/time`)
      if (error instanceof errors.JWKSNoMatchingKey && !fresh) continue
      if (error instanceof errors.JOSEError)
        throw invalidIdentityToken("Couldn't verify the signature, the times or the claims of the token")
      throw error
    }
  throw invalidIdentityToken('No key of the issuer verifies the token')
}

function permit(
  { identity }: StsDeps,
  role: RoleRecord,
  provider: OidcProviderRecord,
  facts: Parameters<typeof conditionKeysOf>[0],
): void {
  const keys: ConditionKeys = conditionKeysOf(facts)
  const { decision } = identity.access.decideFor(
    {
      caller: { kind: 'provider', provider: providerArn(provider) },
      policies: { identity: [] },
      tags: {},
      flaw: undefined,
    },
    {
      action: ACTION,
      resource: iamArn('role', role),
      side: { account: role.account, documents: [role.trust], decides: true, kind: 'trust' },
      keys: () => keys,
    },
  )
  if (decision.kind !== 'allowed') throw denied()
}

function providerArn({ account, url }: OidcProviderRecord): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`
}

function denied() {
  return accessDenied(`Not authorized to perform ${ACTION}`)
}
