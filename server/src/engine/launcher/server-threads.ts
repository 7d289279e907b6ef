// The server's threads in its seat, in two groups: the main one, which all functions wait for, and the others: V8's, which
// compile and collect, those for files, the writer of the store. Cores that are kept are for the main thread: whatever else of
// the server runs there holds up everybody in front for milliseconds, and is as quick on the others' cores, where it goes
// before all that stand back.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enterGroup, MAIN_THREAD, OTHER_THREADS } from './cgroup-places.ts'
import { type CoreUser, coreUserOf } from './core-reserve.ts'

export interface ServerThreads {
  readonly main: CoreUser
  readonly others: CoreUser
}

/**
 * Makes the groups in the seat, which the process `server` sits in, and puts its threads into them. In the second version of
 * control groups threads need groups that say so, in the first any will do. Throws what the file system throws.
 */
export function seatThreads(seat: string, server: number): ServerThreads {
  const [main, others] = [join(seat, MAIN_THREAD), join(seat, OTHER_THREADS)]
  for (const group of [main, others]) {
    mkdirSync(group)
    if (existsSync(join(group, 'cgroup.type'))) writeFileSync(join(group, 'cgroup.type'), 'threaded')
  }
  const known = join(seat, 'cgroup.subtree_control')
  if (existsSync(known)) writeFileSync(known, '+cpuset')
  enterGroup(main, server)
  const list = existsSync(join(main, 'cgroup.threads')) ? 'cgroup.threads' : 'tasks'
  // Threads begin in the group of whoever starts them.
  const part = (): void => {
    for (const thread of readFileSync(join(main, list), 'latin1').split('\n').filter(Boolean))
      if (Number(thread) !== server) move(thread, join(others, list))
  }
  part()
  const cores = coreUserOf(others)
  return {
    main: coreUserOf(main),
    others: {
      useCores: (named) => {
        part()
        cores.useCores(named)
      },
    },
  }
}

function move(thread: string, file: string): void {
  try {
    writeFileSync(file, thread)
  } catch (error) {
    // It ended between the reading and the move.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
