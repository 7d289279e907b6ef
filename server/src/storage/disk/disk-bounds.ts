// How much of a disk is kept free, by its size.
import { statfsSync } from 'node:fs'
import { DISK_PARTS, LOW_BYTES_MAX, RESERVE_BYTES_MAX } from './limits.ts'

export interface DiskBounds {
  /** Of the reserve file when it is whole. */
  readonly reserveBytes: number
  /** Less free room than this, beside a whole reserve, is too little. */
  readonly lowBytes: number
}

/** What a file system says of itself; both of `statfs` and of `statfsSync`. */
interface FileSystemSize {
  readonly bsize: number
  readonly blocks: number
  readonly bavail: number
}

export function boundsOf({ bsize, blocks }: FileSystemSize): DiskBounds {
  const part = Math.trunc((bsize * blocks) / DISK_PARTS)
  return { reserveBytes: Math.min(RESERVE_BYTES_MAX, part), lowBytes: Math.min(LOW_BYTES_MAX, part) }
}

/** As `df` shows it: without what the file system keeps for root. */
export function freeBytesOf({ bsize, bavail }: FileSystemSize): number {
  return bsize * bavail
}

/** Free bytes where `folder` lies. */
export function freeBytesAt(folder: string): number {
  return freeBytesOf(statfsSync(folder))
}
