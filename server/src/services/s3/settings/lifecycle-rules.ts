// Lifecycle rules: what they may say, and what they say about one object. Source: API page of
// PutBucketLifecycleConfiguration; S3 user guide, "Lifecycle configuration elements" ("Lifecycle rules: based on an
// object's age": days are counted from creation and rounded up to the next midnight UTC); error texts as the service
// words them. Nothing here looks at time by itself.
import { newRequestId } from '#base/ids.ts'
import { invalidArgument, s3Error } from '../errors.ts'
import { LIFECYCLE_RULES_MAX, RULE_ID_CHARS_MAX } from '../limits.ts'
import type { Tag } from '../tags.ts'

export const TRANSITION_CLASSES = [
  'GLACIER',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
] as const
export type TransitionClass = (typeof TRANSITION_CLASSES)[number]

export type RuleTime =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'date'; readonly dateMs: number }

export interface RuleFilter {
  /** How it was written, for the answer: a bare Prefix of the old form, one predicate, or several in `And`. */
  readonly form: 'prefix' | 'one' | 'and'
  readonly prefix?: string
  readonly tags?: readonly Tag[]
  readonly sizeAbove?: number
  readonly sizeBelow?: number
}

/** From which size on objects change their class where no rule says so by size; kept and told. */
export type MinimumSize = 'all_storage_classes_128K' | 'varies_by_storage_class'

export interface LifecycleRule {
  readonly id: string
  readonly enabled: boolean
  readonly filter: RuleFilter
  readonly expiration?: RuleTime | { readonly kind: 'lone-markers' }
  readonly transitions: readonly { readonly at: RuleTime; readonly storageClass: TransitionClass }[]
  readonly noncurrentExpiration?: { readonly days: number; readonly newer?: number }
  readonly noncurrentTransitions: readonly {
    readonly days: number
    readonly newer?: number
    readonly storageClass: TransitionClass
  }[]
  readonly abortUploadsDays?: number
}

interface TagInput {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** A rule as decoded from a request. */
export interface LifecycleRuleInput {
  readonly ID?: string | undefined
  readonly Status?: string | undefined
  readonly Prefix?: string | undefined
  readonly Filter?:
    | {
        readonly Prefix?: string | undefined
        readonly Tag?: TagInput | undefined
        readonly ObjectSizeGreaterThan?: number | undefined
        readonly ObjectSizeLessThan?: number | undefined
        readonly And?:
          | {
              readonly Prefix?: string | undefined
              readonly Tags?: readonly TagInput[] | undefined
              readonly ObjectSizeGreaterThan?: number | undefined
              readonly ObjectSizeLessThan?: number | undefined
            }
          | undefined
      }
    | undefined
  readonly Expiration?:
    | {
        readonly Date?: Date | undefined
        readonly Days?: number | undefined
        readonly ExpiredObjectDeleteMarker?: boolean | undefined
      }
    | undefined
  readonly Transitions?:
    | readonly {
        readonly Date?: Date | undefined
        readonly Days?: number | undefined
        readonly StorageClass?: string | undefined
      }[]
    | undefined
  readonly NoncurrentVersionExpiration?:
    | { readonly NoncurrentDays?: number | undefined; readonly NewerNoncurrentVersions?: number | undefined }
    | undefined
  readonly NoncurrentVersionTransitions?:
    | readonly {
        readonly NoncurrentDays?: number | undefined
        readonly NewerNoncurrentVersions?: number | undefined
        readonly StorageClass?: string | undefined
      }[]
    | undefined
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: number | undefined } | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000
const NEWER_VERSIONS_MAX = 100
const IA_DAYS_MIN = 30

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function parseLifecycle(rules: readonly LifecycleRuleInput[] | undefined): readonly LifecycleRule[] {
  if (!rules || rules.length === 0 || rules.length > LIFECYCLE_RULES_MAX) throw s3Error('MalformedXML')
  const parsed = rules.map(parseRule)
  if (new Set(parsed.map((rule) => rule.id)).size < parsed.length)
    throw s3Error('InvalidArgument', { message: 'Rule ID must be unique. Found same ID for one or more rules' })
  return parsed
}

function parseRule(input: LifecycleRuleInput): LifecycleRule {
  const { ID: id, Status: status, AbortIncompleteMultipartUpload: abort } = input
  if (status !== 'Enabled' && status !== 'Disabled') throw s3Error('MalformedXML')
  if (id !== undefined && id.length > RULE_ID_CHARS_MAX)
    throw s3Error('InvalidArgument', { message: 'ID length should not exceed allowed limit of 255' })
  const filter = parseFilter(input)
  const expiration = input.Expiration && parseExpiration(input.Expiration)
  const transitions = (input.Transitions ?? []).map(parseTransition)
  const noncurrentExpiration = input.NoncurrentVersionExpiration && parseNoncurrent(input.NoncurrentVersionExpiration)
  const rule: LifecycleRule = {
    id: id === undefined || id === '' ? newRequestId() : id,
    enabled: status === 'Enabled',
    filter,
    ...(expiration && { expiration }),
    transitions,
    ...(noncurrentExpiration && { noncurrentExpiration }),
    noncurrentTransitions: (input.NoncurrentVersionTransitions ?? []).map(parseNoncurrentTransition),
    ...(abort && {
      abortUploadsDays: positive(abort.DaysAfterInitiation, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload'),
    }),
  }
  checkTogether(rule)
  return rule
}

function parseFilter({ Prefix: prefix, Filter: filter }: LifecycleRuleInput): RuleFilter {
  if ((prefix === undefined) === (filter === undefined)) throw s3Error('MalformedXML')
  if (filter === undefined) return { form: 'prefix', prefix: prefix ?? '' }
  const { And: and, Tag: tag, ...bare } = filter
  const written = [and, tag, ...Object.values(bare)].filter((member) => member !== undefined)
  if (written.length > 1) throw s3Error('MalformedXML')
  const source = and ?? bare
  const tags = (and ? and.Tags : tag && [tag])?.map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }))
  const { Prefix, ObjectSizeGreaterThan: sizeAbove, ObjectSizeLessThan: sizeBelow } = source
  if (tags && new Set(tags.map(({ key }) => key)).size < tags.length)
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
  if (sizeAbove !== undefined && sizeBelow !== undefined && sizeBelow <= sizeAbove)
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
  return {
    form: and ? 'and' : 'one',
    ...(Prefix !== undefined && { prefix: Prefix }),
    ...(tags && tags.length > 0 && { tags }),
    ...(sizeAbove !== undefined && { sizeAbove }),
    ...(sizeBelow !== undefined && { sizeBelow }),
  }
}

function parseExpiration(input: NonNullable<LifecycleRuleInput['Expiration']>): LifecycleRule['expiration'] {
  const { Date: date, Days: days, ExpiredObjectDeleteMarker: markers } = input
  if ([date, days, markers].filter((member) => member !== undefined).length !== 1) throw s3Error('MalformedXML')
  if (markers === false) return undefined
  if (markers === true) return { kind: 'lone-markers' }
  if (date !== undefined) return { kind: 'date', dateMs: midnight(date) }
  return { kind: 'days', days: positive(days, 'Days', 'Expiration') }
}

function parseTransition(input: {
  readonly Date?: Date | undefined
  readonly Days?: number | undefined
  readonly StorageClass?: string | undefined
}): LifecycleRule['transitions'][number] {
  const { Date: date, Days: days } = input
  const storageClass = parseClass(input.StorageClass)
  if ((date === undefined) === (days === undefined)) throw s3Error('MalformedXML')
  if (date !== undefined) return { at: { kind: 'date', dateMs: midnight(date) }, storageClass }
  if (days === undefined || days < 0)
    throw s3Error('InvalidArgument', { message: "'Days' for Transition action must be nonnegative" })
  checkClassDays(days, 'Days', 'Transition', storageClass)
  return { at: { kind: 'days', days }, storageClass }
}

function parseNoncurrentTransition(input: {
  readonly NoncurrentDays?: number | undefined
  readonly NewerNoncurrentVersions?: number | undefined
  readonly StorageClass?: string | undefined
}): LifecycleRule['noncurrentTransitions'][number] {
  const storageClass = parseClass(input.StorageClass)
  const days = input.NoncurrentDays ?? 0
  if (days < 0)
    throw s3Error('InvalidArgument', {
      message: "'NoncurrentDays' for NoncurrentVersionTransition action must be nonnegative",
    })
  checkClassDays(days, 'NoncurrentDays', 'NoncurrentVersionTransition', storageClass)
  return { days, storageClass, ...newerVersions(input.NewerNoncurrentVersions) }
}

function parseNoncurrent(input: NonNullable<LifecycleRuleInput['NoncurrentVersionExpiration']>): {
  readonly days: number
  readonly newer?: number
} {
  // Without days there is nothing to wait for; the number of versions to keep does not stand alone.
  if (input.NoncurrentDays === undefined) throw s3Error('MalformedXML')
  return {
    days: positive(input.NoncurrentDays, 'NoncurrentDays', 'NoncurrentVersionExpiration'),
    ...newerVersions(input.NewerNoncurrentVersions),
  }
}

function newerVersions(newer: number | undefined): { readonly newer?: number } {
  if (newer === undefined) return {}
  if (newer < 1 || newer > NEWER_VERSIONS_MAX)
    throw s3Error('InvalidArgument', {
      message: `'NewerNoncurrentVersions' must be an integer between 1 and ${NEWER_VERSIONS_MAX}`,
    })
  return { newer }
}

function parseClass(name: string | undefined): TransitionClass {
  const known = TRANSITION_CLASSES.find((candidate) => candidate === name)
  if (!known) throw s3Error('MalformedXML')
  return known
}

function checkClassDays(days: number, member: string, action: string, storageClass: TransitionClass): void {
  if ((storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA') && days < IA_DAYS_MIN)
    throw s3Error('InvalidArgument', {
      message: `'${member}' in ${action} action must be greater than or equal to ${IA_DAYS_MIN} for storageClass '${storageClass}'`,
    })
}

function positive(days: number | undefined, member: string, action: string): number {
  if (days === undefined) throw s3Error('MalformedXML')
  if (!Number.isInteger(days) || days < 1)
    throw s3Error('InvalidArgument', { message: `'${member}' for ${action} action must be a positive integer` })
  return days
}

function midnight(date: Date): number {
  const ms = date.getTime()
  if (ms % DAY_MS !== 0) throw invalidArgument('Date', date.toISOString(), "'Date' must be at midnight GMT")
  return ms
}

function checkTogether(rule: LifecycleRule): void {
  const { filter, expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsDays } = rule
  const actions = [expiration, noncurrentExpiration, abortUploadsDays].filter((action) => action !== undefined)
  if (actions.length + transitions.length + noncurrentTransitions.length === 0)
    throw invalidRequest('At least one action needs to be specified in a rule')
  const sized = filter.sizeAbove !== undefined || filter.sizeBelow !== undefined
  if (abortUploadsDays !== undefined && filter.tags)
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  if (abortUploadsDays !== undefined && sized)
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Object Size.')
  if (expiration?.kind === 'lone-markers' && filter.tags)
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.')
  for (const list of [transitions, noncurrentTransitions])
    if (new Set(list.map(({ storageClass }) => storageClass)).size < list.length)
      throw invalidRequest("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
  checkExpirationAfterTransitions(rule)
}

function checkExpirationAfterTransitions({ filter, expiration, transitions }: LifecycleRule): void {
  const told = `(prefix=${filter.prefix ?? ''})`
  const kinds = new Set(transitions.map(({ at }) => at.kind))
  if (expiration && expiration.kind !== 'lone-markers') kinds.add(expiration.kind)
  if (kinds.size > 1)
    throw invalidRequest(
      `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '${told}'`,
    )
  for (const { at } of transitions) {
    if (expiration?.kind === 'days' && at.kind === 'days' && expiration.days <= at.days)
      throw s3Error('InvalidArgument', {
        message: `'Days' in the Expiration action for filter '${told}' must be greater than 'Days' in the Transition action`,
      })
    if (expiration?.kind === 'date' && at.kind === 'date' && expiration.dateMs <= at.dateMs)
      throw s3Error('InvalidArgument', {
        message: `'Date' in the Expiration action for filter '${told}' must be later than 'Date' in the Transition action`,
      })
  }
}

function invalidRequest(message: string): Error {
  return s3Error('InvalidRequest', { message })
}

/** What of an object its rules look at. */
export interface RuleSubject {
  readonly key: string
  readonly size: number
  readonly tags?: readonly Tag[]
}

/** Does the filter name this object? Tags that the filter names must all be there. */
export function filterMatches({ prefix, tags, sizeAbove, sizeBelow }: RuleFilter, subject: RuleSubject): boolean {
  return (
    (prefix === undefined || subject.key.startsWith(prefix)) &&
    (sizeAbove === undefined || subject.size > sizeAbove) &&
    (sizeBelow === undefined || subject.size < sizeBelow) &&
    (tags ?? []).every((wanted) => subject.tags?.some((tag) => tag.key === wanted.key && tag.value === wanted.value))
  )
}

/** `days` after `fromMs`, rounded up to midnight UTC. */
export function dueAfterDays(fromMs: number, days: number): number {
  return Math.ceil((fromMs + days * DAY_MS) / DAY_MS) * DAY_MS
}

/** When what the time says is due for an object that came at `fromMs`. */
export function dueOf(time: RuleTime, fromMs: number): number {
  return time.kind === 'date' ? time.dateMs : dueAfterDays(fromMs, time.days)
}

/** The first expiration of an object that is its key's latest version; undefined when no rule expires it. */
export function expirationOf(
  rules: readonly LifecycleRule[],
  subject: RuleSubject,
  modifiedMs: number,
): { readonly dueMs: number; readonly ruleId: string } | undefined {
  let first: { readonly dueMs: number; readonly ruleId: string } | undefined
  for (const { id, enabled, filter, expiration } of rules) {
    if (!enabled || expiration === undefined || expiration.kind === 'lone-markers') continue
    if (!filterMatches(filter, subject)) continue
    const dueMs = dueOf(expiration, modifiedMs)
    if (!first || dueMs < first.dueMs) first = { dueMs, ruleId: id }
  }
  return first
}

/** The value of x-amz-expiration. Source: API page of GetObject. */
export function expirationHeader({ dueMs, ruleId }: { readonly dueMs: number; readonly ruleId: string }): string {
  return `expiry-date="${new Date(dueMs).toUTCString()}", rule-id="${encodeURIComponent(ruleId.toWellFormed())}"`
}

/** A rule as GetBucketLifecycleConfiguration answers it. */
export function lifecycleOutput(rule: LifecycleRule): {
  readonly ID: string
  readonly Status: 'Enabled' | 'Disabled'
  readonly Prefix: string | undefined
  readonly Filter: ReturnType<typeof filterOutput> | undefined
  readonly Expiration:
    | {
        readonly Days: number | undefined
        readonly Date: Date | undefined
        readonly ExpiredObjectDeleteMarker: true | undefined
      }
    | undefined
  readonly Transitions:
    | {
        readonly Days: number | undefined
        readonly Date: Date | undefined
        readonly StorageClass: TransitionClass
      }[]
    | undefined
  readonly NoncurrentVersionExpiration:
    | { readonly NoncurrentDays: number; readonly NewerNoncurrentVersions: number | undefined }
    | undefined
  readonly NoncurrentVersionTransitions:
    | {
        readonly NoncurrentDays: number
        readonly NewerNoncurrentVersions: number | undefined
        readonly StorageClass: TransitionClass
      }[]
    | undefined
  readonly AbortIncompleteMultipartUpload: { readonly DaysAfterInitiation: number } | undefined
} {
  const { filter, expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsDays } = rule
  return {
    ID: rule.id,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Prefix: filter.form === 'prefix' ? filter.prefix : undefined,
    Filter: filter.form === 'prefix' ? undefined : filterOutput(filter),
    Expiration: expiration && {
      ...timeOutput(expiration),
      ExpiredObjectDeleteMarker: expiration.kind === 'lone-markers' ? true : undefined,
    },
    Transitions:
      transitions.length === 0
        ? undefined
        : transitions.map(({ at, storageClass }) => Object.assign(timeOutput(at), { StorageClass: storageClass })),
    NoncurrentVersionExpiration: noncurrentExpiration && {
      NoncurrentDays: noncurrentExpiration.days,
      NewerNoncurrentVersions: noncurrentExpiration.newer,
    },
    NoncurrentVersionTransitions:
      noncurrentTransitions.length === 0
        ? undefined
        : noncurrentTransitions.map(({ days, newer, storageClass }) => ({
            NoncurrentDays: days,
            NewerNoncurrentVersions: newer,
            StorageClass: storageClass,
          })),
    AbortIncompleteMultipartUpload:
      abortUploadsDays === undefined ? undefined : { DaysAfterInitiation: abortUploadsDays },
  }
}

function timeOutput(time: NonNullable<LifecycleRule['expiration']>): {
  readonly Days: number | undefined
  readonly Date: Date | undefined
} {
  return {
    Days: time.kind === 'days' ? time.days : undefined,
    Date: time.kind === 'date' ? new Date(time.dateMs) : undefined,
  }
}

interface FilterOutput {
  readonly Prefix?: string | undefined
  readonly Tag?: { readonly Key: string; readonly Value: string } | undefined
  readonly ObjectSizeGreaterThan?: number | undefined
  readonly ObjectSizeLessThan?: number | undefined
  readonly And?:
    | {
        readonly Prefix: string | undefined
        readonly Tags: { readonly Key: string; readonly Value: string }[] | undefined
        readonly ObjectSizeGreaterThan: number | undefined
        readonly ObjectSizeLessThan: number | undefined
      }
    | undefined
}

function filterOutput({ form, prefix, tags, sizeAbove, sizeBelow }: RuleFilter): FilterOutput {
  const sizes = { ObjectSizeGreaterThan: sizeAbove, ObjectSizeLessThan: sizeBelow }
  const wireTags = tags?.map(({ key, value }) => ({ Key: key, Value: value }))
  if (form === 'and') return { And: { Prefix: prefix, Tags: wireTags, ...sizes } }
  // A filter that names nothing is answered as an empty prefix.
  const empty = prefix === undefined && tags === undefined && sizeAbove === undefined && sizeBelow === undefined
  return { Prefix: empty ? '' : prefix, Tag: wireTags?.[0], ...sizes }
}
