// The launcher: a small process that spawns cells, so that the server, which may be large, never forks. It may run as
// root; it understands only the commands of commands.ts. It ends when its control connection does, and every cell ends
// with it.
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { systemClock } from '#base/clock.ts'
import { bootCell } from './cell-process.ts'
import type { CellProcess } from './cell-process.ts'
import { baseFolders, sweepBase } from './cgroups.ts'
import { findCgroupPlaces, reunite } from './cgroup-places.ts'
import type { CgroupPlaces } from './cgroup-places.ts'
import { LineReader, parseCommand } from './commands.ts'
import type { Command, LauncherEvent } from './commands.ts'
import { CoreReserve, coresIn } from './core-reserve.ts'
import { CpuShares } from './cpu-shares.ts'
import { closeInherited } from './descriptors.ts'
import { type Guard, startGuard } from './guard.ts'
import { WATCH_EVERY_MS } from './memory-watch.ts'
import { findLoader, type Loader } from './image-mounts.ts'
import { processCpuMs } from './process-cpu.ts'
import { type LauncherConfig, UID_COUNT } from './sandbox.ts'
import { seatServer } from './server-seat.ts'
import { UplinkWatch } from './uplink-watch.ts'

/** How often the launcher tries to remove the groups of an ended cell, and for how long. */
const REMOVE_EVERY_MS = 10
const REMOVE_ATTEMPTS_MAX = 500
const END_ATTEMPTS_MAX = 100
const DISCARD_RETRIES_MAX = 3

/**
 * V8 without its compilers: the launcher mostly waits, and what it does between two system calls is short. Spares 9 MB, of
 * which 8 are the compilers' own pages. Not on the command line: a process that is started with them compiles all that
 * Node.js brings compiled already, which takes 15 ms.
 */
const LEAN_FLAGS = ['--max-lazy', '--no-opt', '--no-maglev', '--no-sparkplug']

for (const flag of LEAN_FLAGS) setFlagsFromString(flag)
closeInherited()

// The server wrote this argument from a LauncherConfig.
const config = JSON.parse(process.argv[2] ?? '') as LauncherConfig
const control = new Socket({ fd: 3, readable: true, writable: true })
const cells = new Map<string, CellProcess>()
const booting = new Set<string>()
/** Commands that came while the cell was being spawned. */
const condemned = new Set<string>()
const hurried = new Set<string>()
const uplinks = new UplinkWatch(systemClock, config.uplink)
let nextUid = 0
/** Groups of former lives whose processes had not ended yet. */
let remaining: readonly string[] = []

function report(event: LauncherEvent): void {
  control.write(`${JSON.stringify(event)}\n`)
}

const found = openPlaces()
const places = typeof found === 'string' ? undefined : found
const serverPid = process.ppid
const reserve = new CoreReserve(places?.cores === undefined ? [] : coresIn(places.cores), () => processCpuMs(serverPid))
const shares = new CpuShares(systemClock, availableParallelism(), reserve)
const socketInode = inodeOf(config.serverSocket)

/** Ends what a former life left behind, then finds the control groups of this one. */
function openPlaces(): CgroupPlaces | string {
  let former: string[] = []
  try {
    // The file lies in the data folder: what it names is only touched if it has our name.
    former = readFileSync(config.placesFile, 'utf8').split('\n').filter(isOurs)
  } catch {
    // The first life has no former one.
  }
  for (const base of former) sweepBase(base, true)
  // Named after this life: a former launcher may still be clearing up behind itself.
  const found = config.tier === 'A' ? findCgroupPlaces(`${config.key}-${process.pid}`) : 'not asked for'
  if (typeof found !== 'string') {
    remaining = former.filter((base) => existsSync(base))
    writeFileSync(config.placesFile, [...remaining, ...baseFolders(found)].join('\n'))
  }
  for (const entry of readdirSync(config.cellsFolder))
    rmSync(join(config.cellsFolder, entry), { recursive: true, force: true })
  return found
}

function isOurs(base: string): boolean {
  return basename(base).startsWith(`mayfly-${config.key}-`)
}

function allocateUid(): number | undefined {
  if (config.uidFirst === undefined) return undefined
  const used = new Set([...cells.values()].map((cell) => cell.uid))
  for (;;) {
    const uid = config.uidFirst + (nextUid++ % UID_COUNT)
    if (!used.has(uid)) return uid
  }
}

async function boot(command: Extract<Command, { op: 'boot' }>): Promise<void> {
  if (booting.has(command.cell) || cells.has(command.cell)) throw new Error(`cell ${command.cell} is there twice`)
  if (config.tier === 'A' && !places)
    return report({ event: 'failed', cell: command.cell, reason: 'no control groups' })
  booting.add(command.cell)
  try {
    const cell = await bootCell(config, { places, guard, loader, shares, uplinks }, command, allocateUid(), (event) => {
      report(event)
      if (event.event === 'exit') void sweep(command.cell)
    })
    cells.set(command.cell, cell)
    if (hurried.has(command.cell)) cell.hurry()
    if (condemned.has(command.cell)) cell.kill()
  } catch (error) {
    report({ event: 'failed', cell: command.cell, reason: String(error) })
  } finally {
    for (const set of [booting, condemned, hurried]) set.delete(command.cell)
  }
}

/** Removes the groups of an ended cell; the kernel may need a moment to let go of them. */
async function sweep(id: string): Promise<void> {
  const cell = cells.get(id)
  cells.delete(id)
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS_MAX && cell?.remove() === false; attempt++)
    await systemClock.sleep(REMOVE_EVERY_MS)
}

/**
 * Removes the folder of a cell, in which processes may still be ending that write there. What cannot be removed stays until
 * the next launcher begins.
 */
async function discard(id: string): Promise<void> {
  try {
    await rm(join(config.cellsFolder, id), { recursive: true, force: true, maxRetries: DISCARD_RETRIES_MAX })
  } catch (error) {
    report({ event: 'failed', cell: id, reason: `its folder is not removed: ${String(error)}` })
  }
}

/** Removes the groups of former lives; a process that is ending keeps its group for a moment, though none lists it any more. */
async function sweepRemaining(): Promise<void> {
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS_MAX && remaining.length > 0; attempt++) {
    await systemClock.sleep(REMOVE_EVERY_MS)
    for (const base of remaining) sweepBase(base, true)
    remaining = remaining.filter((base) => existsSync(base))
  }
}

function obey(command: Command): void {
  if (command.op === 'boot') return void boot(command)
  if (command.op === 'kill' && booting.has(command.cell)) return void condemned.add(command.cell)
  if (command.op === 'hurry' && booting.has(command.cell)) return void hurried.add(command.cell)
  if (command.op === 'discard') return void discard(command.cell)
  const cell = cells.get(command.cell)
  // A command may cross the report of the cell's end on its way here.
  if (!cell) return
  if (command.op === 'assign') return cell.assign(command.memoryMb, command.version)
  cell[command.op]()
}

/** Also for broken input: without the server there is nothing to do, and the cells must not outlive it. */
function end(code: number): never {
  for (const cell of cells.values()) {
    try {
      cell.kill()
    } catch {
      // The next cell's end matters more than this one's reason.
    }
  }
  const bases = [...remaining, ...(places ? baseFolders(places) : [])]
  // Blocking on purpose: nothing else may happen any more, and the processes need a moment to be gone.
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 0; attempt < END_ATTEMPTS_MAX; attempt++) {
    for (const base of bases) sweepBase(base, true)
    if (!bases.some((base) => existsSync(base))) break
    Atomics.wait(pause, 0, 0, REMOVE_EVERY_MS)
  }
  if (places?.layout === 'v2') reunite(dirname(places.unified))
  // A living server looks after its own; and a next one may be there already.
  if (process.ppid !== serverPid && inodeOf(config.serverSocket) === socketInode)
    rmSync(dirname(config.serverSocket), { recursive: true, force: true })
  process.exit(code)
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** Only without control groups: with them the kernel watches. */
async function watchMemory(): Promise<never> {
  for (;;) {
    await systemClock.sleep(WATCH_EVERY_MS)
    for (const cell of cells.values()) cell.watch()
  }
}

let loaded: Loader | undefined
/** Also by what the guard has in memory: cells begin with Perl. */
const loader = (): Loader => (loaded ??= findLoader(guard ? ['self', guard.pid] : ['self']))
// Before anything is waited for: a server that dies meanwhile is heard of once only.
control.on('error', () => end(1))
control.on('close', () => end(0))
let guard: Guard | undefined
void begin()

async function begin(): Promise<void> {
  // A guard that ends takes the launcher with it, and the server starts both anew: cells must not go on unheard.
  if (config.tier !== 'C') guard = await startGuard(config, report, () => guard !== undefined && end(1))
  const cgroups = typeof found === 'string' ? `none: ${found}` : found.layout
  const seated =
    places && seatServer(places, { server: serverPid, launcher: [process.pid, ...(guard ? [guard.pid] : [])] })
  const unseated = typeof seated === 'string' ? seated : undefined
  for (const [user, part] of typeof seated === 'object' ? seated : []) reserve.put(user, part)
  report({ event: 'ready', cgroups, guarded: guard !== undefined, ...(unseated !== undefined && { unseated }) })
  if (!places) void watchMemory()
  void sweepRemaining()
  const lines = new LineReader(hear)
  control.setEncoding('utf8')
  control.on('data', (text: string) => lines.push(text))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // The server decides when to end: a terminal sends its signals to the whole group.
    })
}

function hear(line: string): void {
  const command = parseCommand(line)
  try {
    obey(command)
  } catch (error) {
    // A group can vanish under a command when its cell ends; the report of the end follows.
    report({ event: 'failed', cell: command.cell, reason: `${command.op}: ${String(error)}` })
  }
}
