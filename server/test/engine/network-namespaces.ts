// Which networks there are on this machine, as the kernel tells it: those that cells have of their own.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Processes in network namespaces other than this one's, below `pid`, and those namespaces. */
export function uplinksBelow(pid: number): { readonly pids: number[]; readonly namespaces: Set<string> } {
  const own = readlinkSync('/proc/self/ns/net')
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const status = read(`/proc/${name}/status`)
    parents.set(Number(name), Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? 0))
  }
  const below = (child: number): boolean => {
    for (let at = parents.get(child) ?? 0; at > 1; at = parents.get(at) ?? 0) if (at === pid) return true
    return false
  }
  const pids = [...parents.keys()].filter(below)
  return { pids, namespaces: new Set(pids.map(namespaceOf).filter((name) => name !== '' && name !== own)) }
}

/** Of a file of the kernel; empty when what it tells of is gone. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The network of a process; empty when that is gone. */
export function namespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return ''
  }
}

/** Network stacks of cells below this process that are not among `others`. */
export function stacksBesides(others: readonly number[]): number[] {
  const isStack = (pid: number): boolean => read(`/proc/${pid}/comm`) === 'slirp4netns\n'
  return uplinksBelow(process.pid).pids.filter((pid) => !others.includes(pid) && isStack(pid))
}
