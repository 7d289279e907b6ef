// Files by which the kernel tells figures: kept open, read again and again.
import { closeSync, openSync, readSync } from 'node:fs'

/** More than any of them has. */
const BYTES_MAX = 2048

/** All files are read into it, one after the other. */
const READ = Buffer.alloc(BYTES_MAX)

export class KernelFile {
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Undefined when there is no such file (any more). */
  static open(path: string): KernelFile | undefined {
    try {
      return new KernelFile(openSync(path, 'r'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** What it says now; empty when what it tells of is gone. */
  read(): string {
    try {
      return READ.toString('latin1', 0, readSync(this.#descriptor, READ, 0, BYTES_MAX, 0))
    } catch {
      return ''
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
