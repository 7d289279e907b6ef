// What the operations that begin a session have in common: duration, name, policies and tags, checked.
import type { SessionGrants } from '#base/principal.ts'
import { managedDocument } from '#identity/directory/directory.ts'
import type { SessionKeys } from '#identity/directory/stored-keys.ts'
import { compilePolicy } from '#identity/policy/compile.ts'
import { malformedPolicy, packedPolicyTooLarge, validationError } from './errors.ts'
import { SESSION_POLICY_ARNS_MAX, SESSION_POLICY_CHARS_MAX, SESSION_TAGS_MAX } from './limits.ts'
import type { StsDeps } from './model.ts'

type Text = string | undefined

/** Throws ValidationError with the constraint that failed, in AWS's words. */
export function checkText(at: string, value: Text, pattern: RegExp, shown: string, min: number, max: number): string {
  if (value === undefined) throw invalid(at, 'null', 'Member must not be null', false)
  if (value.length < min) throw invalid(at, value, `Member must have length greater than or equal to ${min}`)
  if (value.length > max) throw invalid(at, value, `Member must have length less than or equal to ${max}`)
  if (!pattern.test(value)) throw invalid(at, value, `Member must satisfy regular expression pattern: ${shown}`)
  return value
}

function invalid(at: string, value: string, constraint: string, quoted = true) {
  const told = quoted ? `'${value}'` : value
  return validationError(
    `1 validation error detected: Value ${told} at '${at}' failed to satisfy constraint: ${constraint}`,
  )
}

export function checkSessionName(value: Text): string {
  return checkText('roleSessionName', value, /^[\w+=,.@-]*$/, String.raw`[\w+=,.@-]*`, 2, 64)
}

export function checkSeconds(value: number | undefined, bounds: { default: number; min: number; max: number }): number {
  const seconds = value ?? bounds.default
  if (seconds < bounds.min)
    throw invalid('durationSeconds', String(seconds), `Member must have value greater than or equal to ${bounds.min}`)
  if (seconds > bounds.max)
    throw invalid('durationSeconds', String(seconds), `Member must have value less than or equal to ${bounds.max}`)
  return seconds
}

export interface SessionWish {
  readonly Policy?: Text
  readonly PolicyArns?: readonly { readonly arn?: Text }[] | undefined
  readonly Tags?: readonly { readonly Key: Text; readonly Value: Text }[] | undefined
  readonly TransitiveTagKeys?: readonly string[] | undefined
  readonly SourceIdentity?: Text
}

/** The limits and tags of the session. Throws MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError. */
export async function readGrants(
  { identity, clock }: StsDeps,
  account: string,
  wish: SessionWish,
): Promise<SessionGrants> {
  const { Policy: policy, SourceIdentity: sourceIdentity } = wish
  if (policy !== undefined) {
    const compiled = compilePolicy(policy, 'identity')
    if (compiled.kind === 'faulty') throw malformedPolicy(compiled.faults[0]?.message ?? 'Syntax errors in policy.')
    if (policy.length > SESSION_POLICY_CHARS_MAX) throw packedPolicyTooLarge()
  }
  const policyArns = (wish.PolicyArns ?? []).map(({ arn = '' }) => arn)
  if (policyArns.length > SESSION_POLICY_ARNS_MAX)
    throw invalid(
      'policyArns',
      String(policyArns.length),
      `Member must have length less than or equal to ${SESSION_POLICY_ARNS_MAX}`,
    )
  for (const arn of policyArns) {
    const isTheirs = arn.startsWith('arn:aws:iam::aws:') || arn.startsWith(`arn:aws:iam::${account}:`)
    if (!isTheirs || (await managedDocument(identity.directory.store, arn)) === undefined)
      throw validationError(`Policy ${arn} does not exist or is not attachable.`)
  }
  const tags = readTags(wish.Tags)
  const transitiveTags = wish.TransitiveTagKeys ?? []
  if (transitiveTags.some((name) => !Object.keys(tags).some((key) => key.toLowerCase() === name.toLowerCase())))
    throw validationError('Transitive tag keys must be among the session tags.')
  return {
    policies: policy === undefined ? [] : [policy],
    policyArns,
    tags,
    transitiveTags,
    issuedMs: clock.nowMs(),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

function readTags(list: SessionWish['Tags']): Readonly<Record<string, string>> {
  const tags = (list ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  if (tags.length > SESSION_TAGS_MAX) throw packedPolicyTooLarge()
  const names = new Set(tags.map(([key]) => key.toLowerCase()))
  if (names.size < tags.length) throw validationError('Duplicate tag keys found. Tag keys are case insensitive.')
  if (tags.some(([key, value]) => key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key)))
    throw validationError('A session tag has a key or value that is not valid.')
  return Object.fromEntries(tags)
}

/** How much of the room for policies and tags a session uses, in percent. */
export function packedPercent({ policies, policyArns, tags }: SessionGrants): number {
  const chars = JSON.stringify([policies, policyArns, tags]).length - JSON.stringify([[], [], {}]).length
  return Math.min(100, Math.ceil((chars / (SESSION_POLICY_CHARS_MAX * 2)) * 100))
}

export function showKeys({ accessKeyId, secretAccessKey, sessionToken, expiresMs }: SessionKeys) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expiresMs),
  }
}
