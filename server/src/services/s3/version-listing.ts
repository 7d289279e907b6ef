// All versions of a bucket's keys in one order: by key, and of one key the newest first. The latest ones and the older ones
// are kept apart (object-record.ts); here the two are merged page by page.
import { everything, type Keyed, listKeys, type ListingPage, type Start } from './listing.ts'
import { nullVersions, objects, orderOf, type VersionRecord, versions } from './object-record.ts'
import { asBuffer } from './object-listing.ts'
import type { Reader } from '#storage/transact.ts'
import { NULL_VERSION, sequencerOf } from './version-id.ts'

/** Behind this version of this key. */
interface VersionPosition extends Keyed {
  readonly sequencer: string
}

export interface ListedVersion extends VersionPosition {
  readonly record: VersionRecord
  readonly isLatest: boolean
}

export interface VersionListing {
  readonly bucket: string
  readonly prefix: string | undefined
  readonly delimiter: string | undefined
  readonly keyMarker: string | undefined
  readonly versionIdMarker: string | undefined
  readonly limit: number
}

/** One page. Throws InvalidArgument for a marker that is no version id. */
export async function listVersions(reader: Reader, listing: VersionListing): Promise<ListingPage<ListedVersion>> {
  const { bucket, limit } = listing
  const after = Buffer.from(listing.keyMarker ?? '')
  return listKeys<VersionPosition, ListedVersion, ListedVersion>(
    (start, pageSize) => readPage(reader, bucket, start, pageSize),
    {
      prefix: Buffer.from(listing.prefix ?? ''),
      delimiter: Buffer.from(listing.delimiter ?? ''),
      after,
      afterEntry: await markerPosition(reader, bucket, after, listing.versionIdMarker),
      limit,
    },
    everything,
  )
}

/** Both pages are as long as the merged one, so nothing between is missed. */
async function readPage(
  reader: Reader,
  bucket: string,
  start: Start<VersionPosition>,
  limit: number,
): Promise<readonly ListedVersion[]> {
  const prefix = [bucket]
  const latestRange = start.kind === 'from' ? { from: [bucket, start.key] } : { after: [bucket, start.entry.keyBytes] }
  const olderRange =
    start.kind === 'from'
      ? { from: [bucket, start.key] }
      : { after: [bucket, start.entry.keyBytes, orderOf(start.entry.sequencer)] }
  const [latest, older] = await Promise.all([
    objects.list(reader, { prefix, ...latestRange }, { limit }),
    versions.list(reader, { prefix, ...olderRange }, { limit }),
  ])
  const listed =
    (isLatest: boolean) =>
    ({ key, value }: (typeof latest)[number]): ListedVersion => ({
      keyBytes: asBuffer(key[1]),
      sequencer: value.sequencer,
      record: value,
      isLatest,
    })
  return merge(latest.map(listed(true)), older.map(listed(false)), limit)
}

/** Of one key the latest comes first. */
function merge(
  latest: readonly ListedVersion[],
  older: readonly ListedVersion[],
  limit: number,
): readonly ListedVersion[] {
  const merged: ListedVersion[] = []
  let nextLatest = 0
  let nextOlder = 0
  while (merged.length < limit) {
    const left = latest[nextLatest]
    const right = older[nextOlder]
    if (!left && !right) break
    if (left && (!right || left.keyBytes.compare(right.keyBytes) <= 0)) {
      merged.push(left)
      nextLatest++
    } else if (right) {
      merged.push(right)
      nextOlder++
    }
  }
  return merged
}

/** A version id counts only together with a key; without it the listing goes on behind all versions of the key. */
async function markerPosition(
  reader: Reader,
  bucket: string,
  key: Buffer,
  versionId: string | undefined,
): Promise<VersionPosition | undefined> {
  if (versionId === undefined || versionId === '' || key.length === 0) return undefined
  if (versionId !== NULL_VERSION) return { keyBytes: key, sequencer: sequencerOf(versionId) }
  const latest = (await objects.get(reader, [bucket, key]))?.value
  if (latest && latest.versionId === undefined) return { keyBytes: key, sequencer: latest.sequencer }
  const older = (await nullVersions.get(reader, [bucket, key]))?.value
  return older === undefined ? undefined : { keyBytes: key, sequencer: older }
}
