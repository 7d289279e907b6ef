// The server's own group among its cells'. The kernel compares groups where they meet: only a neighbour of the cells' groups
// goes before a cell that stands back at the very moment it wakes. From outside, the server would wait until the slice of
// such a cell is over, which is a tick of the kernel, 1 to 10 ms. The launcher has a group beside it: its work is for cells
// that come and go, and may be kept off the cores that the server has.
//
// The server is moved below its own group only, so what an operator set for that goes on to hold; and back, when the
// launcher ends. Whoever clears a base must clear its seats first: what sits in them is no cell.
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { weighGroup } from './cgroup-cpu.ts'
import {
  BESIDE,
  type CgroupPlaces,
  enterGroup,
  LAUNCHER_SEAT,
  processesIn,
  SEAT,
  SEATS,
  THREAD_GROUPS,
} from './cgroup-places.ts'
import { type CoreUser, coreUserOf, type Part } from './core-reserve.ts'
import { seatThreads } from './server-threads.ts'

/** What functions and server together weigh beside other programs: one ordinary program each, as without a seat. */
const PROGRAMS = 2

/** The ids of processes. */
export interface Sitters {
  readonly server: number
  /** And its guard. */
  readonly launcher: readonly number[]
}

/** Who sits, and on which part of the cores; nobody where it is not ours to say. */
export type Seated = readonly (readonly [CoreUser, Part])[]

/** Moves the processes into the seats. A text says why that is not possible; then they are where they were. */
export function seatServer(places: CgroupPlaces, { server, launcher }: Sitters): string | Seated {
  if (!places.seatable) return 'the control group of the server is not seen, lacks a controller, or cannot be divided'
  const [base, version] = places.layout === 'v2' ? [places.unified, 'v2' as const] : [places.v1.cpu, 'v1' as const]
  const bases = new Set([base, places.cores ?? base])
  try {
    for (const place of bases)
      for (const [name, pids] of [
        [SEAT, [server]],
        [LAUNCHER_SEAT, launcher],
      ] as const) {
        const seat = join(place, name)
        mkdirSync(seat)
        // All that cells may use as theirs is at most the machine: so a busy server and busy functions share it evenly.
        if (place === base) weighGroup(seat, version, availableParallelism())
        for (const pid of pids) enterGroup(seat, pid)
      }
    weighGroup(base, version, PROGRAMS)
    if (places.cores === undefined) return []
    const { main, others } = seatThreads(join(places.cores, SEAT), server)
    return [
      [main, 'front'],
      [others, 'back'],
      [coreUserOf(join(places.cores, LAUNCHER_SEAT)), 'back'],
    ]
  } catch (error) {
    for (const place of bases) clearSeats(place)
    return String(error)
  }
}

/** Everybody in the seats of a base goes back to the group above the base; the seats are removed. */
export function clearSeats(base: string): void {
  for (const name of SEATS) clearSeat(base, join(base, name))
}

function clearSeat(base: string, seat: string): void {
  if (!existsSync(seat)) return
  try {
    const threads = THREAD_GROUPS.map((name) => join(seat, name)).filter((group) => existsSync(group))
    for (const pid of [...threads, seat].flatMap((group) => sittersIn(group))) leaveTo(dirname(base), Number(pid))
    for (const group of [...threads, seat]) rmdirSync(group)
  } catch {
    // Somebody was born in it meanwhile, or another launcher clears it, too: who clears a base asks again.
  }
}

function sittersIn(group: string): readonly string[] {
  try {
    return processesIn(group)
  } catch (error) {
    // In v2 a group of threads does not tell: the seat above it does.
    if ((error as NodeJS.ErrnoException).code === 'ENOTSUP') return []
    throw error
  }
}

function leaveTo(group: string, pid: number): void {
  try {
    enterGroup(group, pid)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // It ended between the reading and the move.
    if (code === 'ESRCH') return
    // In v2 a group that is divided takes no processes: they stay beside.
    if (code !== 'EBUSY') throw error
    const beside = join(group, BESIDE)
    if (!existsSync(beside)) mkdirSync(beside)
    enterGroup(beside, pid)
  }
}
