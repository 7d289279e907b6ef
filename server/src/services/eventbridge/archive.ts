// Archives: events of a bus, kept to be replayed. Each event has a row under its own time, so a repeated delivery of it
// writes the same row again.
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Codec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import { type Reader, transact, type Transaction } from '#storage/transact.ts'
import type { Store } from '#storage/store.ts'
import type { NamedRef } from './arn.ts'
import { notFound } from './errors.ts'
import { ARCHIVE_PAGE } from './limits.ts'

export interface ArchiveRecord extends NamedRef {
  /** Unique for ever: an archive that is deleted and made again has another one. */
  readonly id: string
  /** The bus whose events it keeps, in the same account and region. */
  readonly bus: string
  readonly description?: string
  readonly pattern?: string
  /** 0: for ever. */
  readonly retentionDays: number
  readonly kmsKeyIdentifier?: string
  readonly createdMs: number
}

/** How much an archive holds. Apart from its record, which matching keeps in memory until it changes. */
export interface ArchiveCounts {
  readonly events: number
  readonly bytes: number
}

const EMPTY: ArchiveCounts = { events: 0, bytes: 0 }

/** Key: [archive id]. */
const counts = new Collection<ArchiveCounts>({ name: 'events.archive-counts', codec: jsonCodec<ArchiveCounts>(1) })

export async function countsOf(reader: Reader, { id }: Pick<ArchiveRecord, 'id'>): Promise<ArchiveCounts> {
  return (await counts.get(reader, [id]))?.value ?? EMPTY
}

/** Key: [account, region, name]. Index `bus`: [account, region, bus]. */
export const archives = new Collection<ArchiveRecord>({
  name: 'events.archives',
  codec: jsonCodec<ArchiveRecord>(1),
  indexes: { bus: ({ account, region, bus }) => [[account, region, bus]] },
})

/** Events as their JSON text, behind one byte that holds the format. */
const eventCodec: Codec<Buffer> = {
  encode: (event) => Buffer.concat([Buffer.of(1), event]),
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1),
}

/** Key: [archive id, time of the event in milliseconds, id of the event]. */
const archived = new Collection<Buffer>({ name: 'events.archived', codec: eventCodec })

export function archiveKey({ account, region, name }: NamedRef): Key {
  return [account, region, name]
}

/** Throws ResourceNotFoundException. */
export async function requireArchive(reader: Reader, ref: NamedRef): Promise<ArchiveRecord> {
  const found = await archives.get(reader, archiveKey(ref))
  if (found === undefined) throw notFound(`Archive ${ref.name}`)
  return found.value
}

export interface ArchivedEvent {
  readonly timeMs: number
  readonly id: string
  readonly event: Buffer
}

/** Keeps an event, once. What comes for an archive that is gone is dropped. */
export async function keepEvent(store: Store, ref: NamedRef, archiveId: string, event: ArchivedEvent): Promise<void> {
  await transact(store, async (transaction) => {
    const archive = (await archives.get(transaction, archiveKey(ref)))?.value
    if (archive?.id !== archiveId) return
    const key = [archiveId, event.timeMs, event.id]
    if ((await archived.get(transaction, key)) !== undefined) return
    await archived.set(transaction, key, event.event)
    await count(transaction, archive, { events: 1, bytes: event.event.length })
  })
}

async function count(transaction: Transaction, archive: ArchiveRecord, change: ArchiveCounts): Promise<void> {
  const { events, bytes } = await countsOf(transaction, archive)
  await counts.set(transaction, [archive.id], {
    events: Math.max(0, events + change.events),
    bytes: Math.max(0, bytes + change.bytes),
  })
}

/** Events of the archive with times from `startMs`, or after a position, and before `endMs`, oldest first. */
export async function readArchived(
  reader: Reader,
  archiveId: string,
  from: { readonly startMs: number } | { readonly afterMs: number; readonly afterId: string },
  endMs: number,
  limit: number,
): Promise<readonly ArchivedEvent[]> {
  const page = await archived.list(
    reader,
    {
      prefix: [archiveId],
      ...('startMs' in from ? { from: [archiveId, from.startMs] } : { after: [archiveId, from.afterMs, from.afterId] }),
      before: [archiveId, endMs],
    },
    { limit },
  )
  return page.map(({ key, value }) => ({ timeMs: Number(key[1]), id: String(key[2]), event: value }))
}

/** Removes a page of what is older than the archive keeps; answers how many there were. */
export async function sweepArchive(store: Store, archive: ArchiveRecord, nowMs: number): Promise<number> {
  if (archive.retentionDays === 0) return 0
  const endMs = nowMs - archive.retentionDays * 86_400_000
  const old = await archived.list(store, { prefix: [archive.id], before: [archive.id, endMs] }, { limit: ARCHIVE_PAGE })
  if (old.length === 0) return 0
  await transact(store, async (transaction) => {
    const now = (await archives.get(transaction, archiveKey(archive)))?.value
    if (now?.id !== archive.id) return
    for (const { key } of old) await archived.delete(transaction, key)
    const bytes = old.reduce((sum, { value }) => sum + value.length, 0)
    await count(transaction, now, { events: -old.length, bytes: -bytes })
  })
  return old.length
}

/** Removes a page of what a deleted archive kept; answers how many there were. */
export async function dropArchived(store: Store, archiveId: string): Promise<number> {
  const page = await archived.list(store, { prefix: [archiveId] }, { limit: ARCHIVE_PAGE })
  const deletes = [...page.map(({ key }) => archived.keyOf(key)), counts.keyOf([archiveId])]
  await store.commit({ deletes })
  return page.length
}

/** Archives that were deleted, whose events are still to be removed. Key: [archive id]. */
export const droppedArchives = new Collection<{ readonly droppedMs: number }>({
  name: 'events.dropped-archives',
  codec: jsonCodec(1),
})
