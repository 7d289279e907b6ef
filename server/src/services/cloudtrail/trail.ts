// Trails: which events of an account go to which bucket. What was delivered so far is a record of its own, since it changes
// by itself.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import type { Reader } from '#storage/transact.ts'
import { eachStored } from '#storage/each-stored.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { trailError } from './errors.ts'
import { TRAIL_NAME_CHARS_MAX, TRAIL_NAME_CHARS_MIN } from './limits.ts'
import type { Selectors } from './selectors.ts'

/** What a trail is delivered of: everything after the cursor, up to now or to where it was stopped. */
export type Logging =
  | { readonly kind: 'never' }
  | { readonly kind: 'on'; readonly sinceMs: number }
  | { readonly kind: 'off'; readonly sinceMs: number; readonly stoppedMs: number; readonly upTo: number }

export interface TrailRecord {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly bucket: string
  readonly prefix?: string
  readonly includesGlobal: boolean
  readonly isMultiRegion: boolean
  readonly validates: boolean
  readonly selectors: Selectors
  readonly logging: Logging
  readonly tags: Readonly<Record<string, string>>
}

/** Key: [account, home region, name]. */
export const trails = new Collection<TrailRecord>({ name: 'cloudtrail.trails', codec: jsonCodec<TrailRecord>(1) })

export function trailKey({ account, region, name }: Pick<TrailRecord, 'account' | 'region' | 'name'>): Key {
  return [account, region, name]
}

export function trailArn({ account, region, name }: Pick<TrailRecord, 'account' | 'region' | 'name'>): string {
  return `arn:aws:cloudtrail:${region}:${account}:trail/${name}`
}

const ARN = /^arn:aws[a-z-]*:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/(.+)$/

/** The home region and name that a request means. Throws InvalidTrailNameException, TrailNotFoundException. */
export function parseTrailName(
  named: string | undefined,
  { account, region }: RequestContext,
): Pick<TrailRecord, 'account' | 'region' | 'name'> {
  if (named?.startsWith('arn:') !== true) return { account, region, name: checkTrailName(named) }
  const [, home, owner, name] = ARN.exec(named) ?? []
  if (home === undefined || owner !== account || name === undefined) throw trailNotFound(named, account)
  return { account, region: home, name }
}

/** Throws InvalidTrailNameException. */
export function checkTrailName(name = ''): string {
  const wrong = (why: string): Error => trailError('InvalidTrailNameException', why)
  if (name.length < TRAIL_NAME_CHARS_MIN)
    throw wrong(
      `Trail name too short. Minimum allowed length: ${TRAIL_NAME_CHARS_MIN} characters. Specified name length: ${name.length} characters.`,
    )
  if (name.length > TRAIL_NAME_CHARS_MAX)
    throw wrong(
      `Trail name too long. Maximum allowed length: ${TRAIL_NAME_CHARS_MAX} characters. Specified name length: ${name.length} characters.`,
    )
  if (!/^[A-Za-z0-9]/.test(name)) throw wrong('Trail name must starts with a letter or number.')
  if (!/[A-Za-z0-9]$/.test(name)) throw wrong('Trail name must ends with a letter or number.')
  if (!/^[A-Za-z0-9._-]+$/.test(name) || /[._-]{2}/.test(name) || /^\d+(?:\.\d+){3}$/.test(name))
    throw wrong(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    )
  return name
}

export function trailNotFound(name: string, account: string): Error {
  return trailError('TrailNotFoundException', `Unknown trail: ${name} for the user: ${account}`)
}

/** The trail that a request means: of its own region, or a trail of all regions from another. Throws as `parseTrailName`. */
export async function findTrail(
  reader: Reader,
  named: string | undefined,
  context: RequestContext,
): Promise<TrailRecord> {
  const wanted = parseTrailName(named, context)
  const found = (await trails.get(reader, trailKey(wanted)))?.value
  if (found === undefined) throw trailNotFound(named ?? '', context.account)
  return found
}

/** As `findTrail`, for changes: those are made in the home region. Throws InvalidHomeRegionException too. */
export async function findHomeTrail(
  reader: Reader,
  named: string | undefined,
  context: RequestContext,
): Promise<TrailRecord> {
  const found = await findTrail(reader, named, context)
  if (found.region !== context.region)
    throw trailError(
      'InvalidHomeRegionException',
      `Trail ${trailArn(found)} can only be modified from its home region ${found.region}.`,
    )
  return found
}

export async function trailsOf(store: Store, account: string | undefined): Promise<readonly TrailRecord[]> {
  const found: TrailRecord[] = []
  const prefix = account === undefined ? [] : [account]
  await eachStored(
    (after) => trails.list(store, { prefix, ...(after && { after }) }),
    ({ value }) => void found.push(value),
  )
  return found
}

/** How a trail is shown. */
export function viewOfTrail(trail: TrailRecord) {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.prefix !== undefined && { S3KeyPrefix: trail.prefix }),
    IncludeGlobalServiceEvents: trail.includesGlobal,
    IsMultiRegionTrail: trail.isMultiRegion,
    HomeRegion: trail.region,
    TrailARN: trailArn(trail),
    LogFileValidationEnabled: trail.validates,
    HasCustomEventSelectors: trail.selectors.kind === 'advanced' || !trail.selectors.isDefault,
    HasInsightSelectors: false,
    IsOrganizationTrail: false,
  }
}
