// The second factor of a user, where a session is asked for with one.
import type { RequestContext } from '#protocol/operation.ts'
import { accessDenied, validationError } from './errors.ts'
import type { StsDeps } from './model.ts'

interface GivenFactor {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}

/** When a second factor was given with this request, which uses it up; undefined for none. Throws AccessDenied. */
export async function takeSecondFactor(
  { identity, clock }: StsDeps,
  { SerialNumber: serial, TokenCode: code }: GivenFactor,
  { principal }: RequestContext,
): Promise<number | undefined> {
  if (serial === undefined && code === undefined) return undefined
  if (serial === undefined || code === undefined)
    throw validationError('SerialNumber and TokenCode must be given together.')
  const nowMs = clock.nowMs()
  const isGood =
    principal.kind === 'user' && (await identity.mfa.take({ serial, code, userId: principal.userId }, nowMs))
  if (!isGood) throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
  return nowMs
}

/** What trust policies may ask of the factor that is given with AssumeRole; no values without a good one. */
export async function secondFactorConditions(
  { identity, clock }: StsDeps,
  given: unknown,
  { principal }: RequestContext,
): Promise<Readonly<Record<string, string>>> {
  // The input of AssumeRole, or of an operation without these members.
  const { SerialNumber: serial, TokenCode: code } = given as GivenFactor
  if (principal.kind !== 'user' || serial === undefined || code === undefined) return {}
  const isGood = await identity.mfa.accepts({ serial, code, userId: principal.userId }, clock.nowMs())
  return isGood ? { 'aws:multifactorauthpresent': 'true', 'aws:multifactorauthage': '0' } : {}
}
