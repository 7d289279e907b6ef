// GetSessionToken: temporary keys of the calling user, or of root.
import type { RequestContext } from '#protocol/operation.ts'
import { accessDenied } from '../errors.ts'
import {
  ROLE_SESSION_SECONDS_MIN,
  ROOT_SESSION_SECONDS_MAX,
  SESSION_TOKEN_SECONDS_DEFAULT,
  SESSION_TOKEN_SECONDS_MAX,
} from '../limits.ts'
import type { StsDeps, StsInput, StsOutput } from '../model.ts'
import { takeSecondFactor } from '../second-factor.ts'
import { checkSeconds, showKeys } from '../session-request.ts'

export async function getSessionToken(
  deps: StsDeps,
  input: StsInput<'GetSessionToken'>,
  context: RequestContext,
): Promise<StsOutput<'GetSessionToken'>> {
  const { identity } = deps
  const { principal } = context
  const seconds = checkSeconds(input.DurationSeconds, {
    default: SESSION_TOKEN_SECONDS_DEFAULT,
    min: ROLE_SESSION_SECONDS_MIN,
    max: SESSION_TOKEN_SECONDS_MAX,
  })
  if (principal.kind === 'root') {
    const { account } = principal
    const held = Math.min(seconds, ROOT_SESSION_SECONDS_MAX)
    return { Credentials: showKeys(await identity.stored.beginSession({ kind: 'root', account }, held)) }
  }
  if (principal.kind !== 'user' || principal.accessKeyId.startsWith('ASIA'))
    throw accessDenied('Cannot call GetSessionToken with session credentials')
  const mfaMs = await takeSecondFactor(deps, input, context)
  const { accessKeyId: _own, ...user } = principal
  const session = { ...user, ...(mfaMs !== undefined && { mfaMs }) }
  return { Credentials: showKeys(await identity.stored.beginSession(session, seconds)) }
}
