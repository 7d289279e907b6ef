// What a process and its threads have taken, from /proc (Linux).
import { readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second, on every Linux that Node.js runs on. */
const TICK_MS = 10

/** User and system time since it began, ms; 0 when it is gone. */
export function processCpuMs(pid: number): number {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return 0
  }
  // The name in brackets may hold anything; fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
