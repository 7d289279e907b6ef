// Descriptors that whoever started the server left open would reach every cell: a spawn closes only what is marked so.
import { closeSync, readFileSync, readdirSync } from 'node:fs'

/** O_CLOEXEC in the "flags" of /proc/self/fdinfo, which are octal. */
const CLOSE_ON_EXEC = 0o2000000

/** Standard streams and the control connection; a cell gets its own in their place. */
const KEPT_MAX = 3

/** Closes every other descriptor that a child would inherit. Node's own are marked and stay. Linux only. */
export function closeInherited(): void {
  let descriptors: string[]
  try {
    descriptors = readdirSync('/proc/self/fd')
  } catch {
    return // No /proc: not Linux.
  }
  for (const descriptor of descriptors.map(Number).filter((number) => number > KEPT_MAX))
    if ((flagsOf(descriptor) & CLOSE_ON_EXEC) === 0) closeSync(descriptor)
}

/** Marked as closing when it is gone already, as the one that listed the folder is. */
function flagsOf(descriptor: number): number {
  try {
    const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? []
    return Number.parseInt(flags, 8)
  } catch {
    return CLOSE_ON_EXEC
  }
}
