// What the rules of a bucket demand of one version or upload, now. Pure. Source: S3 user guide, "Lifecycle configuration
// elements", "Transitioning objects using Amazon S3 Lifecycle" (the order of classes, small objects), "Lifecycle
// configuration rules and conflicts" (expiration before transition; the colder class wins).
import type { VersionRecord } from '../object-record.ts'
import {
  dueAfterDays,
  dueOf,
  filterMatches,
  type LifecycleRule,
  type MinimumSize,
  type RuleSubject,
  type TransitionClass,
} from '../settings/lifecycle-rules.ts'

export interface LifecycleSettings {
  readonly rules: readonly LifecycleRule[]
  readonly minimumSize: MinimumSize
}

export type Judgement =
  | { readonly kind: 'keep' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'move'; readonly to: TransitionClass }

const KEEP: Judgement = { kind: 'keep' }

/** Where a version stands among its key's. */
export type Standing =
  | { readonly kind: 'latest'; readonly hasOlder: boolean }
  /** `sinceMs`: when the version above it came; `newer`: how many noncurrent ones are above it. */
  | { readonly kind: 'noncurrent'; readonly sinceMs: number; readonly newer: number }

/** From warm to cold: objects move this way only. */
const CLASS_ORDER: readonly string[] = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]
const SMALL_BYTES = 128 * 1024

/** What is to happen to a version of `key`. */
export function judgeVersion(
  { rules, minimumSize }: LifecycleSettings,
  key: string,
  version: VersionRecord,
  standing: Standing,
  nowMs: number,
): Judgement {
  const subject: RuleSubject =
    version.kind === 'marker'
      ? { key, size: 0 }
      : { key, size: version.size, ...(version.tags && { tags: version.tags }) }
  let to: TransitionClass | undefined
  for (const rule of rules) {
    if (!rule.enabled || !matches(rule, subject, version)) continue
    if (expires(rule, version, standing, nowMs)) return { kind: 'expire' }
    for (const target of version.kind === 'marker' ? [] : dueClasses(rule, version.modifiedMs, standing, nowMs)) {
      if (isTooSmall(rule, subject.size, target, minimumSize)) continue
      if (to === undefined || isColder(target, to)) to = target
    }
  }
  if (to === undefined || version.kind === 'marker' || !isColder(to, version.storageClass)) return KEEP
  return { kind: 'move', to }
}

/** Markers have neither tags nor a size: rules that ask for those are not about them. */
function matches({ filter }: LifecycleRule, subject: RuleSubject, version: VersionRecord): boolean {
  if (version.kind === 'marker' && (filter.tags ?? filter.sizeAbove ?? filter.sizeBelow) !== undefined) return false
  return filterMatches(filter, subject)
}

function expires(rule: LifecycleRule, version: VersionRecord, standing: Standing, nowMs: number): boolean {
  const { expiration, noncurrentExpiration } = rule
  if (standing.kind === 'noncurrent')
    return (
      noncurrentExpiration !== undefined &&
      standing.newer >= (noncurrentExpiration.newer ?? 0) &&
      dueAfterDays(standing.sinceMs, noncurrentExpiration.days) <= nowMs
    )
  if (expiration === undefined) return false
  if (version.kind === 'marker') {
    // A marker goes when nothing is left below it; by a rule with a time, when it is old enough besides.
    if (standing.hasOlder) return false
    return expiration.kind === 'lone-markers' || dueOf(expiration, version.modifiedMs) <= nowMs
  }
  return expiration.kind !== 'lone-markers' && dueOf(expiration, version.modifiedMs) <= nowMs
}

function dueClasses(
  rule: LifecycleRule,
  modifiedMs: number,
  standing: Standing,
  nowMs: number,
): readonly TransitionClass[] {
  if (standing.kind === 'latest')
    return rule.transitions.filter(({ at }) => dueOf(at, modifiedMs) <= nowMs).map((one) => one.storageClass)
  return rule.noncurrentTransitions
    .filter(({ days, newer = 0 }) => standing.newer >= newer && dueAfterDays(standing.sinceMs, days) <= nowMs)
    .map((one) => one.storageClass)
}

/** Small objects stay where they are, unless the rule says which sizes it means. */
function isTooSmall({ filter }: LifecycleRule, size: number, to: TransitionClass, minimum: MinimumSize): boolean {
  if (filter.sizeAbove !== undefined || filter.sizeBelow !== undefined || size >= SMALL_BYTES) return false
  return minimum === 'all_storage_classes_128K' || (to !== 'GLACIER' && to !== 'DEEP_ARCHIVE')
}

function isColder(one: string, other: string): boolean {
  return CLASS_ORDER.indexOf(one) > CLASS_ORDER.indexOf(other)
}

/** Is an upload of `key` to be aborted? */
export function judgeUpload(
  { rules }: LifecycleSettings,
  key: string,
  initiatedMs: number,
  nowMs: number,
): Judgement['kind'] {
  const due = rules.some(
    ({ enabled, filter, abortUploadsDays }) =>
      enabled &&
      abortUploadsDays !== undefined &&
      key.startsWith(filter.prefix ?? '') &&
      dueAfterDays(initiatedMs, abortUploadsDays) <= nowMs,
  )
  return due ? 'expire' : 'keep'
}
