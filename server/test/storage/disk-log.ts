// What a disk may hold after a power cut, worked out from the log of disk-log.c: everything that was synced; and of the
// rest any part: a write whole, not at all, or torn between two sectors; a new name, a rename, a removal or not. Nothing is
// taken for granted that POSIX does not promise: a name is only sure when its folder was synced after it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '#base/ids.ts'

const SECTOR_BYTES = 512
const HEAD_BYTES = 22

/** The kinds of record, as disk-log.c numbers them. */
const KINDS = [
  '',
  'created',
  'wrote',
  'cut',
  'renamed',
  'removed',
  'madeFolder',
  'syncBegun',
  'syncEnded',
  'acknowledged',
] as const

export interface DiskRecord {
  readonly kind: (typeof KINDS)[number]
  /** Relative to the folder that was watched. */
  readonly path: string
  readonly other: string
  /** Of a write; the new size of a cut; the number of a sync. */
  readonly offset: number
  readonly data: Buffer
}

/** What happens to changes that were not synced. */
export type Fate = 'lost' | 'kept' | 'mixed'

/** Reads the log. */
export function readDiskLog(log: Buffer, folder: string): DiskRecord[] {
  const records: DiskRecord[] = []
  for (let at = 0; at < log.length;) {
    const [pathEnd, kind] = [at + HEAD_BYTES + log.readUInt16LE(at + 2), KINDS[log[at] ?? 0] ?? '']
    const otherEnd = pathEnd + log.readUInt16LE(at + 4)
    const end = otherEnd + Number(log.readBigUInt64LE(at + 14))
    records.push({
      kind,
      path: log.toString('utf8', at + HEAD_BYTES + folder.length, pathEnd),
      other: log.toString('utf8', pathEnd + folder.length, otherEnd),
      offset: Number(log.readBigUInt64LE(at + 6)),
      data: log.subarray(otherEnd, end),
    })
    at = end
  }
  return records
}

/** What was acknowledged before record `cut`, as lines. */
export function acknowledgedBefore(records: readonly DiskRecord[], cut: number): string[] {
  const texts = records.slice(0, cut).filter(({ kind }) => kind === 'acknowledged')
  return texts
    .map(({ data }) => data.toString())
    .join('')
    .split('\n')
    .filter((line) => line !== '')
}

interface Change {
  readonly at: number
  readonly record: DiskRecord
}

/** A file, whatever its name. */
interface File {
  readonly changes: Change[]
  /** Changes before this record are on disk. */
  syncedBefore: number
}

interface NameChange extends Change {
  readonly file: File | undefined
}

/** Makes in `target` what the disk may hold when the power goes just before record `cut`. */
export function surviveInto(
  target: string,
  records: readonly DiskRecord[],
  cut: number,
  fate: Fate,
  random: Random,
): void {
  const { nameChanges, foldersSynced } = follow(records.slice(0, cut))
  const isKept = (isSynced: boolean): boolean => isSynced || fate === 'kept' || (fate === 'mixed' && random() < 0.5)
  const folders = new Set([''])
  const files = new Map<string, File>()
  for (const { at, record, file } of nameChanges) {
    const parent = dirname(record.kind === 'renamed' ? record.other : record.path).replace(/^\/$/, '')
    if (!isKept((foldersSynced.get(parent) ?? -1) > at)) continue
    if (record.kind === 'madeFolder') folders.add(record.path)
    if (record.kind === 'renamed' || record.kind === 'removed') files.delete(record.path)
    if (record.kind === 'renamed' && file) files.set(record.other, file)
    if (record.kind === 'created' && file) files.set(record.path, file)
  }
  for (const folder of folders) mkdirSync(join(target, folder), { recursive: true })
  for (const [path, file] of files)
    if (folders.has(dirname(path).replace(/^\/$/, '')))
      writeFileSync(join(target, path), contentOf(file, isKept, fate, random))
}

function follow(records: readonly DiskRecord[]): { nameChanges: NameChange[]; foldersSynced: Map<string, number> } {
  const open = new Map<string, File>()
  const nameChanges: NameChange[] = []
  const foldersSynced = new Map<string, number>()
  const begun = new Map<number, number>()
  for (const [at, record] of records.entries()) {
    const file = open.get(record.path)
    switch (record.kind) {
      case 'created': {
        const made: File = { changes: [], syncedBefore: 0 }
        open.set(record.path, made)
        nameChanges.push({ at, record, file: made })
        break
      }
      case 'wrote':
      case 'cut':
        file?.changes.push({ at, record })
        break
      case 'renamed':
        if (file) open.set(record.other, file)
        open.delete(record.path)
        nameChanges.push({ at, record, file })
        break
      case 'removed':
        open.delete(record.path)
        nameChanges.push({ at, record, file })
        break
      case 'madeFolder':
        nameChanges.push({ at, record, file: undefined })
        break
      case 'syncBegun':
        begun.set(record.offset, at)
        break
      case 'syncEnded':
        // What was changed while the sync ran may have missed it. One that began earlier and ends later takes nothing back.
        if (file) file.syncedBefore = Math.max(file.syncedBefore, begun.get(record.offset) ?? 0)
        else
          foldersSynced.set(record.path, Math.max(foldersSynced.get(record.path) ?? 0, begun.get(record.offset) ?? 0))
        break
      case 'acknowledged':
      case '':
        break
    }
  }
  return { nameChanges, foldersSynced }
}

function contentOf(file: File, isKept: (isSynced: boolean) => boolean, fate: Fate, random: Random): Buffer {
  const capacity = Math.max(0, ...file.changes.map(({ record }) => record.offset + record.data.length))
  const content = Buffer.alloc(capacity)
  let size = 0
  for (const { at, record } of file.changes) {
    const isSynced = at < file.syncedBefore
    if (!isKept(isSynced)) continue
    if (record.kind === 'cut') {
      content.fill(0, record.offset)
      size = record.offset
      continue
    }
    const data = isSynced || fate !== 'mixed' ? record.data : torn(record, random)
    data.copy(content, record.offset)
    if (data.length > 0) size = Math.max(size, record.offset + data.length)
  }
  return content.subarray(0, size)
}

/** The write, or with even chance only its part before a random sector boundary. */
function torn({ offset, data }: DiskRecord, random: Random): Buffer {
  if (random() < 0.5) return data
  const sectors = Math.ceil(data.length / SECTOR_BYTES) + 1
  const end = (Math.floor(offset / SECTOR_BYTES) + Math.floor(random() * sectors)) * SECTOR_BYTES
  return data.subarray(0, Math.max(0, Math.min(data.length, end - offset)))
}
