// One control group per cell: limits, freezing, killing, and the kernel's own account of memory and CPU.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomHex } from '#base/ids.ts'
import { CgroupCpu } from './cgroup-cpu.ts'
import { type CgroupPlaces, findCgroupPlaces, reunite, SEATS, type V1Places } from './cgroup-places.ts'
import type { MeterFiles } from './commands.ts'
import { clearSeats } from './server-seat.ts'

/** Processes and threads in one cell (AWS: 1,024). */
const PIDS_MAX = 1024

const BYTES_PER_MB = 1024 * 1024

/** The groups of one cell. Every method throws what the file system throws. */
export interface CellCgroup {
  /** Writing a pid into all of these puts the process under control. */
  readonly procsFiles: readonly string[]
  readonly meters: MeterFiles
  readonly cpu: Pick<CgroupCpu, 'standBack' | 'useCores' | 'ration' | 'takenMs'>
  /** Memory, and CPU in proportion to it. */
  limit(memoryMb: number): void
  freeze(): void
  thaw(): void
  /** SIGKILL to every process, frozen or not. */
  kill(): void
  memoryKills(): number
  memoryPeakBytes(): number
  /** Times that the limit of processes was hit. */
  forksRefused(): number
  /** False while processes are still ending. */
  remove(): boolean
}

/** Makes the groups of a cell. */
export function createCellCgroup(places: CgroupPlaces, cell: string): CellCgroup {
  const folders = cellFolders(places, cell)
  for (const folder of folders) mkdirSync(folder)
  const procsFiles = folders.map((folder) => join(folder, 'cgroup.procs'))
  const cores = places.cores === undefined ? undefined : join(places.cores, cell)
  const cpu =
    places.layout === 'v2'
      ? CgroupCpu.v2(join(places.unified, cell), cores)
      : CgroupCpu.v1(join(places.v1.cpu, cell), join(places.v1.cpuacct, cell), cores)
  const remove = (): boolean => {
    cpu.close()
    return removeFolders(folders)
  }
  const limits = places.layout === 'v2' ? v2Limits(join(places.unified, cell), cpu) : v1Limits(places.v1, cell, cpu)
  const control = places.layout === 'v1' ? v1Control(join(places.freezer, cell)) : v2Control(join(places.unified, cell))
  return { procsFiles, cpu, remove, ...limits, ...control }
}

/** All base folders of the places. */
export function baseFolders(places: CgroupPlaces): string[] {
  const v1 = places.layout === 'v2' ? [] : Object.values(places.v1)
  const control = places.layout === 'v1' ? places.freezer : places.unified
  const cores = places.cores === undefined ? [] : [places.cores]
  // v1 controllers mounted together give the same folder twice, and v2 has one for all.
  return [...new Set<string>([...v1, control, ...cores])]
}

function cellFolders(places: CgroupPlaces, cell: string): string[] {
  return baseFolders(places).map((base) => join(base, cell))
}

/** What the launcher of a server that starts here would find; leaves nothing behind. A text says why there is nothing. */
export function tryCgroupPlaces(): CgroupPlaces | string {
  const found = findCgroupPlaces(`${randomHex(6)}-${process.pid}`)
  if (typeof found === 'string') return found
  for (const base of baseFolders(found)) sweepBase(base, true)
  if (found.layout === 'v2') reunite(dirname(found.unified))
  return found
}

/** Kills the cells in the groups below `base` and removes these; the base goes too when that is asked and possible. */
export function sweepBase(base: string, removeBase: boolean): void {
  if (!existsSync(base)) return
  clearSeats(base)
  for (const entry of readdirSync(base, { withFileTypes: true })) {
    if (!entry.isDirectory() || SEATS.includes(entry.name)) continue
    const folder = join(base, entry.name)
    killAll(folder)
    removeFolders([folder])
  }
  if (removeBase) removeFolders([base])
}

function v1Limits(v1: V1Places, cell: string, cpu: CgroupCpu) {
  const memory = join(v1.memory, cell)
  const swap = join(memory, 'memory.memsw.limit_in_bytes')
  writeFileSync(join(v1.pids, cell, 'pids.max'), String(PIDS_MAX))
  return {
    limit(memoryMb: number) {
      const bytes = String(memoryMb * BYTES_PER_MB)
      const files = [join(memory, 'memory.limit_in_bytes'), ...(existsSync(swap) ? [swap] : [])]
      // Memory may never be above memory and swap: so the order depends on the direction.
      const current = Number(readFileSync(join(memory, 'memory.limit_in_bytes'), 'utf8'))
      const inOrder = memoryMb * BYTES_PER_MB > current ? files.toReversed() : files
      for (const file of inOrder) writeFileSync(file, bytes)
      cpu.weigh(memoryMb)
    },
    memoryKills: () => numberAfter(join(memory, 'memory.oom_control'), 'oom_kill'),
    forksRefused: () => numberAfter(join(v1.pids, cell, 'pids.events'), 'max'),
    memoryPeakBytes: () => bytesIn(join(memory, 'memory.max_usage_in_bytes')),
    meters: { memory: join(memory, 'memory.max_usage_in_bytes'), cpu: cpu.meter },
  }
}

/** `memory.oom.group` stays off: a child that takes too much ends alone, as on AWS and in the first version. */
function v2Limits(folder: string, cpu: CgroupCpu) {
  writeFileSync(join(folder, 'pids.max'), String(PIDS_MAX))
  const swap = join(folder, 'memory.swap.max')
  if (existsSync(swap)) writeFileSync(swap, '0')
  // Linux 5.19.
  const hasPeak = existsSync(join(folder, 'memory.peak'))
  const memory = join(folder, hasPeak ? 'memory.peak' : 'memory.current')
  const memoryKills = (): number => numberAfter(join(folder, 'memory.events'), 'oom_kill')
  return {
    limit(memoryMb: number) {
      writeFileSync(join(folder, 'memory.max'), String(memoryMb * BYTES_PER_MB))
      cpu.weigh(memoryMb)
    },
    memoryKills,
    forksRefused: () => numberAfter(join(folder, 'pids.events'), 'max'),
    // Without a peak of the kernel's: who was ended for lack of memory had all of it.
    memoryPeakBytes: () => bytesIn(hasPeak || memoryKills() === 0 ? memory : join(folder, 'memory.max')),
    meters: { memory, cpu: cpu.meter },
  }
}

function v2Control(folder: string) {
  return {
    freeze: () => writeFileSync(join(folder, 'cgroup.freeze'), '1'),
    thaw: () => writeFileSync(join(folder, 'cgroup.freeze'), '0'),
    kill: () => killAll(folder),
  }
}

function v1Control(folder: string) {
  const set = (state: string): void => writeFileSync(join(folder, 'freezer.state'), state)
  return {
    freeze: () => set('FROZEN'),
    thaw: () => set('THAWED'),
    kill() {
      killAll(folder)
      // A frozen process of v1 takes its signals only when it runs again.
      set('THAWED')
    },
  }
}

/** `cgroup.kill` where the kernel has it (v2, Linux 5.14), else a signal to each process. */
function killAll(folder: string): void {
  const file = join(folder, 'cgroup.kill')
  if (existsSync(file)) return writeFileSync(file, '1')
  let pids: string[]
  try {
    pids = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
  } catch {
    return // The group is gone, and its processes with it.
  }
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended between the reading and the signal.
    }
  }
}

function bytesIn(file: string): number {
  return Number(readFileSync(file, 'utf8'))
}

/** The number after `name` in a file of "name number" lines; 0 where there is none. */
function numberAfter(file: string, name: string): number {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))
  return match ? Number(match[1]) : 0
}

function removeFolders(folders: readonly string[]): boolean {
  let removed = true
  for (const folder of folders) {
    try {
      rmdirSync(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') removed = false
    }
  }
  return removed
}
