// GetFederationToken: keys for somebody whom the calling user vouches for; they may what both the user and the given
// policies allow.
import type { RequestContext } from '#protocol/operation.ts'
import { accessDenied } from '../errors.ts'
import {
  ROLE_SESSION_SECONDS_MIN,
  ROOT_SESSION_SECONDS_MAX,
  SESSION_TOKEN_SECONDS_DEFAULT,
  SESSION_TOKEN_SECONDS_MAX,
} from '../limits.ts'
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { checkSeconds, checkText, packedPercent, readGrants, showKeys } from '../session-request.ts'

export async function getFederationToken(
  deps: StsDeps,
  input: StsInput<'GetFederationToken'>,
  { principal }: RequestContext,
): Promise<StsOutput<'GetFederationToken'>> {
  const name = checkText('name', input.Name, /^[\w+=,.@-]*$/, String.raw`[\w+=,.@-]*`, 2, 32)
  const isLongTerm =
    (principal.kind === 'user' || principal.kind === 'root') && !principal.accessKeyId.startsWith('ASIA')
  if (!isLongTerm) throw accessDenied('Cannot call GetFederationToken with session credentials')
  const { account } = principal
  const seconds = checkSeconds(input.DurationSeconds, {
    default: SESSION_TOKEN_SECONDS_DEFAULT,
    min: ROLE_SESSION_SECONDS_MIN,
    max: SESSION_TOKEN_SECONDS_MAX,
  })
  const grants = await readGrants(deps, account, input)
  const userName = principal.kind === 'user' ? principal.userName : undefined
  const held = userName === undefined ? Math.min(seconds, ROOT_SESSION_SECONDS_MAX) : seconds
  const keys = await deps.identity.stored.beginSession({ kind: 'federated', account, name, userName, grants }, held)
  return {
    Credentials: showKeys(keys),
    FederatedUser: {
      FederatedUserId: `${account}:${name}`,
      Arn: `arn:aws:sts::${account}:federated-user/${name}`,
    },
    PackedPolicySize: packedPercent(grants),
  }
}
