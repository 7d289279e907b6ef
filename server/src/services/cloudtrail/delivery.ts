// Delivery: what a trail wants of the journal goes to its bucket as gzipped JSON, a file for each region and round. A round is
// planned in the store before its files are written, and their names follow from it: after a crash the same files are
// written again, so no event is delivered twice under two names and none is left out.
import type { Sealer } from '#audit/chain.ts'
import type { CallTraits } from '#audit/data-selection.ts'
import { type AuditEvent, decodeEvent } from '#audit/event.ts'
import type { Journal, JournalEntry } from '#audit/journal.ts'
import { selectableResources } from '#audit/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { compactTime, dayPath, type DeliveredFile, type DigestState, keyBelow, makeDigest, sha256 } from './digest.ts'
import { DELIVERY_RECORDS_MAX, DIGEST_FILES_MAX } from './limits.ts'
import { wants } from './selectors.ts'
import { isOfTrail } from './trail-scope.ts'
import { trailArn, trailKey, type TrailRecord, trails, trailsOf } from './trail.ts'

/** Where a trail writes, and on whose behalf. */
export interface TrailPlace {
  readonly account: string
  readonly region: string
  readonly bucket: string
  readonly trailArn: string
}

/** The little of S3 that delivery needs. The composition root binds it. */
export interface BucketWriter {
  /** Undefined when it is written, else S3's code and words. The bucket's policy is asked each time. */
  put(
    place: TrailPlace,
    object: {
      readonly key: string
      readonly body: Buffer
      readonly metadata: Readonly<Record<string, string>>
      readonly contentType: string
    },
  ): Promise<{ readonly code: string; readonly message: string } | undefined>
}

/** What was delivered of a trail. Key: as the trail's. */
export interface ProgressRecord {
  /** The last record that was looked at. */
  readonly cursor: number
  /** The last record of a round that has begun. */
  readonly planned?: number
  readonly deliveredMs?: number
  readonly triedMs?: number
  readonly error?: string
  readonly digestMs?: number
  readonly digestError?: string
  readonly digests: Readonly<Record<string, DigestState>>
}

export const progress = new Collection<ProgressRecord>({
  name: 'cloudtrail.progress',
  codec: jsonCodec<ProgressRecord>(1),
})

export interface DeliveryDeps {
  readonly store: Store
  readonly journal: Journal
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: Log
  readonly buckets: BucketWriter
  readonly digestIntervalMs: number
}

const pack = promisify(gzip)

/** One round of every trail. Resolves true when a trail has more than fits into a round. */
export async function deliverAll(deps: DeliveryDeps): Promise<boolean> {
  let more = false
  for (const trail of await trailsOf(deps.store, undefined)) {
    if (trail.logging.kind === 'never') continue
    try {
      more = (await deliverRound(deps, trail)) || more
    } catch (error) {
      deps.log.error('a trail cannot be delivered', { trail: trail.name, account: trail.account, error })
    }
  }
  return more
}

async function deliverRound(deps: DeliveryDeps, trail: TrailRecord): Promise<boolean> {
  const state = (await progress.get(deps.store, trailKey(trail)))?.value
  if (state === undefined) return false
  const { logging } = trail
  const last = logging.kind === 'off' ? logging.upTo : await deps.journal.lastSequence(trail.account)
  const upTo = state.planned ?? last
  const page = (await deps.journal.after(trail.account, state.cursor, DELIVERY_RECORDS_MAX)).filter(
    ({ sequence }) => sequence <= upTo,
  )
  const to = page.at(-1)?.sequence
  const isDelivered = to !== undefined && (await deliverPage(deps, trail, { state, page, to }))
  if (isDelivered && page.length === DELIVERY_RECORDS_MAX) return true
  if (trail.validates) await deliverDigests(deps, trail)
  return false
}

interface Round {
  readonly state: ProgressRecord
  readonly page: readonly JournalEntry[]
  readonly to: number
}

/** False when the bucket does not take it: the round stays planned. */
async function deliverPage(deps: DeliveryDeps, trail: TrailRecord, { state, page, to }: Round): Promise<boolean> {
  const byRegion = groupByRegion(trail, page)
  if (state.planned === undefined && byRegion.size > 0) await change(deps, trail, (now) => ({ ...now, planned: to }))
  const files = new Map<string, DeliveredFile>()
  const nowMs = deps.clock.nowMs()
  for (const [region, entries] of byRegion) {
    const file = await putFile(deps, trail, region, entries)
    if ('error' in file) {
      await change(deps, trail, (now) => ({ ...now, triedMs: nowMs, error: file.error }))
      return false
    }
    files.set(region, file)
  }
  await change(deps, trail, ({ planned: _planned, error: _error, ...now }) => ({
    ...now,
    cursor: to,
    ...(files.size > 0 && { deliveredMs: nowMs, triedMs: nowMs }),
    digests: trail.validates ? withFiles(now.digests, files, nowMs) : now.digests,
  }))
  return true
}

function groupByRegion(
  trail: TrailRecord,
  page: readonly JournalEntry[],
): ReadonlyMap<string, readonly JournalEntry[]> {
  const found = new Map<string, JournalEntry[]>()
  for (const entry of page) {
    const event = decodeEvent(entry.event)
    const call = traitsOf(event)
    if (!isOfTrail(trail, call) || !wants(trail.selectors, call)) continue
    const entries = found.get(event.awsRegion) ?? []
    entries.push(entry)
    found.set(event.awsRegion, entries)
  }
  return found
}

function traitsOf(event: AuditEvent): CallTraits {
  const { arn } = event.userIdentity
  const isData = event.eventCategory === 'Data'
  return {
    eventCategory: event.eventCategory,
    eventSource: event.eventSource,
    eventName: event.eventName,
    readOnly: event.readOnly,
    resources: selectableResources(
      (event.resources ?? []).map(({ type, ARN }) => ({ type, arn: ARN })),
      isData,
    ),
    userArn: typeof arn === 'string' ? arn : undefined,
    errorCode: event.errorCode,
    region: event.awsRegion,
    isGlobal: event.eventSource === 'iam.amazonaws.com',
  }
}

async function putFile(
  deps: DeliveryDeps,
  trail: TrailRecord,
  region: string,
  entries: readonly JournalEntry[],
): Promise<DeliveredFile | { readonly error: string }> {
  const texts = entries.map(({ event }) => event.toString())
  const times = entries.map(({ event }) => decodeEvent(event).eventTime)
  const [oldest = '', newest = ''] = [times.toSorted()[0], times.toSorted().at(-1)]
  const text = Buffer.from(`{"Records":[${texts.join(',')}]}`)
  const key = fileKey(trail, region, { timeMs: Date.parse(newest), sequence: entries[0]?.sequence ?? 0 })
  const { bucket } = trail
  const refusal = await deps.buckets.put(placeOf(trail), {
    key,
    body: await pack(text),
    metadata: {},
    contentType: 'application/json',
  })
  return refusal === undefined ? { key, bucket, hash: sha256(text), oldest, newest } : { error: refusal.code }
}

function placeOf(trail: TrailRecord): TrailPlace {
  const { account, region, bucket } = trail
  return { account, region, bucket, trailArn: trailArn(trail) }
}

/** The last part is told apart by the first record, so that the same round has the same name again. */
function fileKey(
  trail: TrailRecord,
  region: string,
  { timeMs, sequence }: { readonly timeMs: number; readonly sequence: number },
): string {
  const { account, prefix, name, region: home } = trail
  const compact = compactTime(timeMs)
  const unique = sha256(Buffer.from(`${home} ${name} ${sequence}`)).slice(0, 16)
  const file = `${account}_CloudTrail_${region}_${compact.slice(0, 13)}Z_${unique}.json.gz`
  return keyBelow(prefix, `AWSLogs/${account}/CloudTrail/${region}/${dayPath(compact)}/${file}`)
}

function withFiles(
  digests: ProgressRecord['digests'],
  files: ReadonlyMap<string, DeliveredFile>,
  nowMs: number,
): ProgressRecord['digests'] {
  const next: Record<string, DigestState> = { ...digests }
  for (const [region, file] of files) {
    const state = next[region] ?? { fromMs: nowMs, files: [], previous: undefined }
    next[region] = { ...state, files: [...state.files, file] }
  }
  return next
}

async function deliverDigests(deps: DeliveryDeps, trail: TrailRecord): Promise<void> {
  const nowMs = deps.clock.nowMs()
  const state = (await progress.get(deps.store, trailKey(trail)))?.value
  for (const [region, digest] of Object.entries(state?.digests ?? {})) {
    const due = nowMs - digest.fromMs >= deps.digestIntervalMs || digest.files.length >= DIGEST_FILES_MAX
    // A name tells its second: within the same one the next would take the place of the one before, and point at itself.
    const isLater = Math.floor(nowMs / 1000) > Math.floor(digest.fromMs / 1000)
    if (!due || !isLater || (trail.logging.kind === 'off' && digest.files.length === 0)) continue
    const made = await makeDigest(deps, trail, region, { state: digest, toMs: nowMs })
    const { bucket } = trail
    const refusal = await deps.buckets.put(placeOf(trail), {
      key: made.key,
      body: await pack(made.text),
      metadata: { signature: made.signature, 'signature-algorithm': 'SHA256withRSA' },
      contentType: 'application/json',
    })
    const previous = { bucket, key: made.key, hash: made.hash, signature: made.signature }
    await change(deps, trail, ({ digestError: _error, ...now }) =>
      refusal === undefined
        ? { ...now, digestMs: nowMs, digests: { ...now.digests, [region]: { fromMs: nowMs, files: [], previous } } }
        : { ...now, digestError: refusal.code },
    )
  }
}

/** Rounds of a trail that was deleted meanwhile leave nothing behind. */
async function change(
  { store }: DeliveryDeps,
  trail: TrailRecord,
  next: (now: ProgressRecord) => ProgressRecord,
): Promise<void> {
  await transact(store, async (transaction) => {
    const now = (await progress.get(transaction, trailKey(trail)))?.value
    if (now === undefined || (await trails.get(transaction, trailKey(trail))) === undefined) return
    await progress.set(transaction, trailKey(trail), next(now))
  })
}
