// How the processes that crash tests kill say what was acknowledged.
import { writeSync } from 'node:fs'

/** Writes the line to standard output; when this returns, the parent can read it, whatever happens to this process. */
export function say(line: string): void {
  let left = Buffer.from(`${line}\n`)
  while (left.length > 0)
    try {
      left = left.subarray(writeSync(1, left))
    } catch (error) {
      // The pipe is full and does not block: the parent is behind.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
}
