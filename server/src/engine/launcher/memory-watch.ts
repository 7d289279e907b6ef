// Where there are no control groups, memory is read every 100 ms: late, but better than nothing. What counts is what the
// processes of a cell hold for themselves (resident, less what is shared with files).
import { readFileSync } from 'node:fs'

/** How often it is read. */
export const WATCH_EVERY_MS = 100

/** Processes of one cell that are looked at; a cell with more is judged by these. */
const PROCESSES_MAX = 1024

const PAGE_BYTES = 4096

/** The memory of a process and all below it, bytes; 0 when it is gone. */
export function treeMemoryBytes(pid: number): number {
  let bytes = 0
  const open = [pid]
  for (let seen = 0; open.length > 0 && seen < PROCESSES_MAX; seen++) {
    const next = open.pop()
    if (next === undefined) break
    try {
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${next}/statm`, 'latin1').split(' ').map(Number)
      bytes += (resident - shared) * PAGE_BYTES
      open.push(...readFileSync(`/proc/${next}/task/${next}/children`, 'latin1').split(' ').filter(Boolean).map(Number))
    } catch {
      // It ended while we looked; a kernel without the list of children shows the first process only.
    }
  }
  return bytes
}
