// A process and everything below it, from /proc (Linux; elsewhere it is not known): its processor time, and the cores on
// which it runs. Wall time on a machine with other work says little; processor time says what a request costs.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock ticks are hundredths of a second on every Linux that Node.js runs on. */
const TICK_MS = 10

interface Process {
  readonly parent: number
  /** User and system time, with that of children that were waited for. */
  readonly cpuMs: number
}

/** Milliseconds since the processes began; undefined where there is no /proc. */
export function treeCpuMs(root: number): number | undefined {
  const processes = readProcesses()
  if (processes === undefined || !processes.has(root)) return undefined
  let sum = 0
  for (const [pid, { cpuMs }] of processes) if (isBelow(pid, root, processes)) sum += cpuMs
  return sum
}

/** Has the processes that there are, with all their threads, run on these cores only, as taskset writes them. */
export function pinTree(root: number, cores: string): void {
  const processes = readProcesses() ?? new Map<number, Process>()
  for (const pid of processes.keys())
    if (isBelow(pid, root, processes)) execFileSync('taskset', ['-a', '-p', '-c', cores, String(pid)])
}

function isBelow(pid: number, root: number, processes: ReadonlyMap<number, Process>): boolean {
  for (let current: number | undefined = pid; current !== undefined; current = processes.get(current)?.parent)
    if (current === root) return true
  return false
}

function readProcesses(): Map<number, Process> | undefined {
  const found = new Map<number, Process>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const process = readProcess(name)
      if (process) found.set(Number(name), process)
    }
    return found
  } catch {
    return undefined
  }
}

function readProcess(pid: string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold anything; fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
    return { parent: Number(fields[1]), cpuMs: ticks * TICK_MS }
  } catch {
    // It ended between the listing and the reading.
    return undefined
  }
}
