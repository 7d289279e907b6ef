// One round through a bucket: every version and upload is judged, and what is due is done, each in a commit of its own that
// judges again what it changes. A round goes in pages and keeps its place in the Store, so after a crash it goes on where it
// was. Doing something twice does nothing the second time.
import type { Log } from '#base/log.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Key } from '#storage/store.ts'
import { type BucketRecord, buckets } from '../bucket.ts'
import type { S3Deps } from '../deps.ts'
import { internalContext } from '../internal-context.ts'
import { objectEventAppends } from '../events.ts'
import type { ObjectEventType } from '../event-types.ts'
import { KeyHistory } from '../key-history.ts'
import { LIFECYCLE_AT_ONCE_MAX, LIFECYCLE_PAGE } from '../limits.ts'
import { uploads } from '../multipart-record.ts'
import { deleteInTransaction } from '../object-delete.ts'
import { objects, type VersionRecord, versions } from '../object-record.ts'
import { eventVersion, historyAddress, retrying } from '../object-write.ts'
import { trashParts } from '../trash.ts'
import { versionIdText } from '../version-id.ts'
import { type Judgement, judgeUpload, judgeVersion, type LifecycleSettings, type Standing } from './judgement.ts'

/** Where a round is. */
export type Place =
  | { readonly phase: 'latest' | 'older' | 'uploads'; readonly after: string | undefined }
  | { readonly phase: 'done' }

export const BEGINNING: Place = { phase: 'latest', after: undefined }

export interface Round {
  readonly deps: S3Deps
  readonly bucket: BucketRecord
  readonly settings: LifecycleSettings
  readonly nowMs: number
  readonly log: Log
}

/** Does the next page; answers the place after it. */
export async function nextPage(round: Round, place: Place): Promise<Place> {
  switch (place.phase) {
    case 'latest':
      return latestPage(round, place.after)
    case 'older':
      return olderPage(round, place.after)
    case 'uploads':
      return uploadsPage(round, place.after)
    case 'done':
      return place
  }
}

/** Places are kept as text: hexadecimal of the key's bytes. */
function afterKey(bucket: string, after: string | undefined, ...more: readonly (string | bigint)[]): { after?: Key } {
  return after === undefined ? {} : { after: [bucket, Buffer.from(after, 'hex'), ...more] }
}

function keyOf(part: unknown): Buffer {
  return Buffer.from(part as Uint8Array)
}

async function latestPage(round: Round, after: string | undefined): Promise<Place> {
  const { deps, bucket } = round
  const range = { prefix: [bucket.name], ...afterKey(bucket.name, after) }
  const page = await objects.list(deps.store, range, { limit: LIFECYCLE_PAGE })
  await atOnce(page, async ({ key, value }) => {
    const name = keyOf(key[1])
    const hasOlder = value.kind === 'marker' && (await hasOlderVersions(deps, bucket, name))
    await settle(round, name, value, { kind: 'latest', hasOlder })
  })
  const last = page.at(-1)
  if (page.length === LIFECYCLE_PAGE && last) return { phase: 'latest', after: keyOf(last.key[1]).toString('hex') }
  return { phase: bucket.versioning === undefined ? 'uploads' : 'older', after: undefined }
}

async function hasOlderVersions(deps: S3Deps, bucket: BucketRecord, key: Buffer): Promise<boolean> {
  const [older] = await versions.list(deps.store, { prefix: [bucket.name, key] }, { limit: 1 })
  return older !== undefined
}

/** A page is the older versions of up to LIFECYCLE_PAGE keys: those of one key are judged together. */
async function olderPage(round: Round, after: string | undefined): Promise<Place> {
  const { deps, bucket } = round
  // Behind every version of the key where the page before ended: their orders are negative numbers.
  const range = { prefix: [bucket.name], ...afterKey(bucket.name, after, 0n) }
  const [first, ...rest] = await versions.list(deps.store, range, { limit: LIFECYCLE_PAGE })
  if (!first) return { phase: 'uploads', after: undefined }
  const keys = new Map([first, ...rest].map(({ key }) => [keyOf(key[1]).toString('hex'), keyOf(key[1])]))
  await atOnce([...keys.values()], (key) => judgeOlder(round, key))
  return { phase: 'older', after: [...keys.keys()].at(-1) }
}

async function judgeOlder(round: Round, key: Buffer): Promise<void> {
  const { deps, bucket } = round
  let above = (await objects.get(deps.store, [bucket.name, key]))?.value
  let newer = 0
  for (let after: Key | undefined; ;) {
    const range = { prefix: [bucket.name, key], ...(after && { after }) }
    const page = await versions.list(deps.store, range, { limit: LIFECYCLE_PAGE })
    for (const { key: versionKey, value } of page) {
      after = versionKey
      if (above) await settle(round, key, value, { kind: 'noncurrent', sinceMs: above.modifiedMs, newer })
      above = value
      newer++
    }
    if (page.length < LIFECYCLE_PAGE) return
  }
}

async function uploadsPage(round: Round, after: string | undefined): Promise<Place> {
  const { deps, bucket, settings, nowMs } = round
  const [hex, uploadId] = after?.split(' ') ?? []
  const range = { prefix: [bucket.name], ...(uploadId !== undefined && afterKey(bucket.name, hex, uploadId)) }
  const page = await uploads.list(deps.store, range, { limit: LIFECYCLE_PAGE })
  for (const { key, value } of page) {
    if (judgeUpload(settings, keyOf(key[1]).toString(), value.initiatedMs, nowMs) === 'keep') continue
    await abort(round, key)
  }
  const last = page.at(-1)
  if (page.length < LIFECYCLE_PAGE || !last) return { phase: 'done' }
  return { phase: 'uploads', after: `${keyOf(last.key[1]).toString('hex')} ${String(last.key[2])}` }
}

async function abort({ deps }: Round, uploadKey: Key): Promise<void> {
  await retrying(deps, async (transaction) => {
    if (!(await uploads.get(transaction, uploadKey))) return
    await uploads.delete(transaction, uploadKey)
    const { log, value } = trashParts(String(uploadKey[2]))
    transaction.append(log, value)
  })
  deps.trash.wake()
}

/** Judges, and does it. What fails with one version does not hold up the others: the next round tries again. */
async function settle(round: Round, key: Buffer, version: VersionRecord, standing: Standing): Promise<void> {
  const { settings, nowMs, bucket, log } = round
  const judgement = judgeVersion(settings, key.toString(), version, standing, nowMs)
  if (judgement.kind === 'keep') return
  try {
    await apply(round, key, version, { judgement, standing })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    // Locked versions stay; whatever else is refused is worth a word.
    if (error.code !== 'AccessDenied') log.warn('a lifecycle action failed', { bucket: bucket.name, error })
  }
}

const UNCONDITIONAL = { ifMatch: undefined, ifMatchSize: undefined, ifMatchModified: undefined }

async function apply(
  { deps, bucket: { name } }: Round,
  key: Buffer,
  version: VersionRecord,
  { judgement, standing }: { readonly judgement: Judgement; readonly standing: Standing },
): Promise<void> {
  let trashed = false
  await retrying(deps, async (transaction) => {
    trashed = false
    const [bucketEntry, latestEntry] = await transaction.getMany([buckets.keyOf([name]), objects.keyOf([name, key])])
    const bucket = buckets.read(bucketEntry)?.value
    const latest = objects.read(latestEntry)?.value
    if (!bucket || !latest) return
    const history = new KeyHistory(transaction, historyAddress(bucket, key), latest)
    const found = standing.kind === 'latest' ? latest : await history.find(versionIdText(version.versionId))
    // It is another one by now, or has become the latest: the next round judges it.
    if (found?.sequencer !== version.sequencer || (standing.kind === 'noncurrent' && found === latest)) return
    const context = internalContext(bucket, 'Lifecycle', 'lifecycle')
    if (judgement.kind === 'expire') {
      const byVersion = standing.kind === 'noncurrent' || version.kind === 'marker'
      const deletion = {
        key: key.toString(),
        keyBytes: key,
        versionId: byVersion ? versionIdText(version.versionId) : undefined,
        conditions: UNCONDITIONAL,
        bypassGovernance: false,
        event: 'LifecycleExpiration' as const,
      }
      trashed = (await deleteInTransaction(deps, transaction, { bucket, deletion, latest }, context)).trashed
    } else if (judgement.kind === 'move' && found.kind === 'object') {
      await history.replace({ ...found, storageClass: judgement.to })
      const type: ObjectEventType = 'LifecycleTransition'
      const sequencer = deps.sequencer(found.sequencer)
      const event = { type, bucket, key: key.toString(), sequencer, ...eventVersion(found), object: found }
      for (const { log, value } of objectEventAppends(event, {
        context,
        nowMs: deps.clock.nowMs(),
        hops: deps.hops,
      }))
        transaction.append(log, value)
    }
  })
  if (trashed) deps.trash.wake()
}

/** Runs `work` over all of them, a few at a time. */
async function atOnce<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values()
  const worker = async (): Promise<void> => {
    for (const one of waiting) await work(one)
  }
  await Promise.all(Array.from({ length: LIFECYCLE_AT_ONCE_MAX }, worker))
}
