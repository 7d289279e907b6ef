// Which records somebody wants to see: by who, by what, and whether they were refused.
import type { AuditEvent } from './event.ts'

export interface AuditFilter {
  /** A user, role, session or account by name, or an ARN or access key id. */
  readonly who?: string | undefined
  /** `iam:CreateUser`, `CreateUser`, `iam`; a `*` at the end stands for anything. */
  readonly what?: string | undefined
  /** A resource by ARN, or by the end of it. */
  readonly resource?: string | undefined
  /** Only calls that failed because the caller may not, or was not believed. */
  readonly denied?: boolean | undefined
  /** Only calls that change something. */
  readonly changes?: boolean | undefined
}

const DENIED =
  /AccessDenied|AuthorizationError|NotAuthorized|Signature|UnrecognizedClient|InvalidClientTokenId|MissingAuthentication|InvalidAccessKeyId|ExpiredToken|InvalidToken|RequestTimeTooSkewed/

/** Whether the answer was that the caller may not, or is not believed. */
export function isDenied({ errorCode }: Pick<AuditEvent, 'errorCode'>): boolean {
  return errorCode !== undefined && DENIED.test(errorCode)
}

export function fits(event: AuditEvent, { who, what, resource, denied, changes }: AuditFilter): boolean {
  if (denied === true && !isDenied(event)) return false
  if (changes === true && event.readOnly) return false
  if (what !== undefined && !isWhat(event, what)) return false
  if (resource !== undefined && !(event.resources ?? []).some(({ ARN: arn }) => endsWith(arn, resource))) return false
  return who === undefined || namesOf(event).some((name) => endsWith(name, who))
}

function isWhat({ eventSource, eventName }: AuditEvent, what: string): boolean {
  const service = eventSource.split('.', 1)[0] ?? ''
  const [first = '', second] = what.split(':')
  if (second !== undefined) return service === first && matches(eventName, second)
  return service === first || matches(eventName, first)
}

function matches(name: string, wanted: string): boolean {
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
}

function namesOf({ userIdentity }: AuditEvent): readonly string[] {
  const { type, arn, accountId, accessKeyId, userName, principalId } = userIdentity
  const names = [
    arn,
    accountId,
    accessKeyId,
    userName,
    principalId,
    ...(type === 'Root' ? ['root'] : []),
    ...roleOf(userIdentity),
  ]
  return names.filter((name) => typeof name === 'string')
}

function roleOf(userIdentity: AuditEvent['userIdentity']): readonly unknown[] {
  const context = userIdentity['sessionContext'] as { readonly sessionIssuer?: { readonly arn?: unknown } } | undefined
  return [context?.sessionIssuer?.arn]
}

/** The whole of it, or a last part of it after `/` or `:`. */
function endsWith(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`/${wanted}`) || name.endsWith(`:${wanted}`)
}
