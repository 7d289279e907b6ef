// The server's own group among its cells'. The kernel compares groups where they meet: only a neighbour of the cells' groups
// goes before a cell that stands back at the very moment it wakes. From outside, the server would wait until the slice of
// such a cell is over, which is a tick of the kernel, 1 to 10 ms.
//
// The server is moved below its own group only, so what an operator set for that goes on to hold; and back, when the
// launcher ends. Whoever clears a base must clear its seat first: what sits in it is no cell.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { weighGroup } from './cgroup-cpu.ts'
import { BESIDE, type CgroupPlaces, processesIn, SEAT } from './cgroup-places.ts'

/** What functions and server together weigh beside other programs: one ordinary program each, as without a seat. */
const PROGRAMS = 2

/** Moves the processes into the seat. A text says why that is not possible; then they are where they were. */
export function seatServer(places: CgroupPlaces, pids: readonly number[]): string | undefined {
  if (!places.seatable) return 'the control group of the server is not seen, lacks a controller, or cannot be divided'
  const [base, version] = places.layout === 'v2' ? [places.unified, 'v2' as const] : [places.v1.cpu, 'v1' as const]
  const seat = join(base, SEAT)
  try {
    mkdirSync(seat)
    // All that cells may use as theirs is at most the machine: so a busy server and busy functions share it evenly.
    weighGroup(seat, version, availableParallelism())
    for (const pid of pids) enterGroup(seat, pid)
    weighGroup(base, version, PROGRAMS)
    return undefined
  } catch (error) {
    clearSeat(base)
    return String(error)
  }
}

/** Everybody in the seat of a base goes back to the group above the base; the seat is removed. */
export function clearSeat(base: string): void {
  const seat = join(base, SEAT)
  if (!existsSync(seat)) return
  try {
    for (const pid of processesIn(seat)) leaveTo(dirname(base), Number(pid))
    rmdirSync(seat)
  } catch {
    // Somebody was born in it meanwhile, or another launcher clears it, too: who clears a base asks again.
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

function enterGroup(folder: string, pid: number): void {
  writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}
