// A small disk of its own for a server, which others can fill to the last byte.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boundsOf } from '#storage/disk/disk-bounds.ts'
import { reserveBytesAt } from '#storage/disk/reserve.ts'
import { eventually } from '../conformance/server-kit.ts'

const RESERVE_WAIT_MS = 60_000

/** Why such a disk cannot be had; false where it can. */
export const cannotMount = process.getuid?.() === 0 ? false : 'only root may mount a small disk'

const PIECES = [1024 * 1024, 4096, 1]

export class SmallDisk {
  readonly #folder: string
  readonly #filler: string

  private constructor(folder: string) {
    this.#folder = folder
    this.#filler = join(folder, 'filler')
  }

  /** Answers why there is none where the system does not let it be mounted. */
  static async mount(megabytes: number): Promise<SmallDisk | string> {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-disk-'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
    if (mounted.status === 0) return new SmallDisk(folder)
    await rm(folder, { recursive: true, force: true })
    return `cannot mount here: ${mounted.stderr.toString().trim()}`
  }

  /** Where a server may keep its data: beside whatever else is on the disk. */
  get dataFolder(): string {
    return join(this.#folder, 'data')
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#folder)
    return bavail * bsize
  }

  /** Resolves when the server has all of its reserve. */
  async reserved(): Promise<void> {
    const { reserveBytes } = boundsOf(statfsSync(this.#folder))
    const isWhole = (): boolean => reserveBytesAt(join(this.dataFolder, 'reserve')) === reserveBytes
    await eventually('a whole reserve', async () => (isWhole() ? true : undefined), RESERVE_WAIT_MS)
  }

  /** Somebody else takes whatever is free, to the last byte; again: what became free since. */
  fill(): void {
    const file = openSync(this.#filler, 'a')
    try {
      for (const bytes of PIECES) {
        const zeros = new Uint8Array(bytes)
        while (wrote(file, zeros));
      }
    } finally {
      closeSync(file)
    }
  }

  /** What somebody else had taken is free again. */
  empty(): void {
    rmSync(this.#filler, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('umount', [this.#folder])
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function wrote(file: number, bytes: Uint8Array): boolean {
  try {
    return writeSync(file, bytes) > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
