// The life of one cell as the launcher sees it: groups made, connections opened, process spawned, ended, swept.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { CgroupPlaces } from './cgroup-places.ts'
import { createCellCgroup } from './cgroups.ts'
import type { CellCgroup } from './cgroups.ts'
import type { CpuShares } from './cpu-shares.ts'
import type { Guard } from './guard.ts'
import type { Command, LauncherEvent } from './commands.ts'
import type { Loader } from './image-mounts.ts'
import { treeMemoryBytes } from './memory-watch.ts'
import { plainCommand, sandboxedCommand } from './sandbox.ts'
import type { UplinkWatch } from './uplink-watch.ts'
import type { CommandLine, LauncherConfig } from './sandbox.ts'

const BYTES_PER_MB = 1024 * 1024

type Boot = Extract<Command, { op: 'boot' }>

export interface CellProcess {
  readonly uid: number | undefined
  /** Changes the memory limit and the share of CPU; it is in use by the version from now on. */
  assign(memoryMb: number, version: string): void
  /** From now on it gets no more CPU than its memory buys. */
  ration(): void
  /** It stands back for a while. */
  demote(): void
  /** Somebody waits for it. */
  hurry(): void
  /** It is ready, and nobody waits for it. */
  shelve(): void
  freeze(): void
  thaw(): void
  kill(): void
  /** Where no group does it: looks at the memory, reports a new peak, and kills above the limit. */
  watch(): void
  /** False while the kernel still holds the groups: ask again. */
  remove(): boolean
}

/** What all cells of a launcher share. */
export interface Shared {
  readonly places: CgroupPlaces | undefined
  readonly guard: Guard | undefined
  /** How programs of this machine are started below another root. */
  readonly loader: () => Loader
  readonly shares: CpuShares
  readonly uplinks: UplinkWatch
}

/** Boots a cell. `report` hears `spawned`, then `exit`; or `failed` alone. */
export async function bootCell(
  config: LauncherConfig,
  { places, guard, loader, shares, uplinks }: Shared,
  boot: Boot,
  uid: number | undefined,
  report: (event: LauncherEvent) => void,
): Promise<CellProcess> {
  const cgroup = places && createCellCgroup(places, boot.cell)
  const { memoryMb } = config.classes[boot.memoryClass]
  cgroup?.limit(memoryMb)
  if (cgroup && boot.background) shares.prepare(boot.cell, cgroup.cpu)
  else if (cgroup) shares.boot(boot.cell, memoryMb, cgroup.cpu)
  try {
    const connections = await prepare(config, boot, guard)
    const { watched } = connections
    const procsFiles = cgroup?.procsFiles ?? []
    const line =
      config.tier === 'C'
        ? plainCommand(config, boot, uid)
        : sandboxedCommand(config, boot, { uid, procsFiles, guarded: watched !== undefined, loader })
    const child = spawnCell(config, boot, uid, line, connections)
    await spawned(child)
    const meters = cgroup ? { meters: cgroup.meters } : {}
    report({ event: 'spawned', cell: boot.cell, pid: child.pid ?? 0, ...meters })
    const watch = new MemoryWatch(boot.cell, child, report)
    child.once('exit', (code, signal) => {
      // What the main process left behind (only possible in tier C) goes with it.
      cgroup?.kill()
      if (cgroup) shares.leave(boot.cell, cgroup.cpu)
      uplinks.remove(boot.cell)
      const memory = cgroup
        ? {
            memoryKills: cgroup.memoryKills(),
            memoryPeakBytes: cgroup.memoryPeakBytes(),
            forksRefused: cgroup.forksRefused(),
          }
        : watch.verdict
      report({ event: 'exit', cell: boot.cell, code, signal, ...memory })
    })
    const found = controls(child, cgroup && new CgroupControls(boot.cell, cgroup, memoryMb, shares), watch, uid)
    if (boot.uplink)
      uplinks.add(boot.cell, child.pid ?? 0, {
        kill: () => found.kill(),
        refused: (goals) => report({ event: 'closed', cell: boot.cell, goals }),
      })
    return found
  } catch (error) {
    if (cgroup) shares.leave(boot.cell, cgroup.cpu)
    cgroup?.kill()
    cgroup?.remove()
    throw error
  }
}

/** Makes the cell's folder and all that it inherits. */
async function prepare(config: LauncherConfig, boot: Boot, guard: Guard | undefined): Promise<Connections> {
  const [made, channel, output, watched] = await Promise.allSettled([
    makeFolders(join(config.cellsFolder, boot.cell)),
    openConnection(config, boot, 'channel'),
    openConnection(config, boot, 'output'),
    guard?.connect(boot.cell),
  ])
  if (
    made.status === 'fulfilled' &&
    channel.status === 'fulfilled' &&
    output.status === 'fulfilled' &&
    watched.status === 'fulfilled'
  )
    return { channel: channel.value, output: output.value, watched: watched.value }
  for (const opened of [channel, output, watched]) if (opened.status === 'fulfilled') opened.value?.destroy()
  throw [made, channel, output, watched].find((tried) => tried.status === 'rejected')?.reason
}

/** The server lays the code into the first, and opens doors in the second when the cell needs them. */
async function makeFolders(cell: string): Promise<void> {
  await Promise.all([
    mkdir(join(cell, 'var/task'), { recursive: true }),
    mkdir(join(cell, 'doors'), { recursive: true }),
  ])
}

/**
 * A connection to the server's private socket that the cell will inherit. It says whose it is, then it is only passed
 * on. Paused: this process must not read a byte that is the cell's.
 */
function openConnection(config: LauncherConfig, boot: Boot, purpose: 'channel' | 'output'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: config.serverSocket })
    socket.pause()
    socket.once('error', reject)
    socket.write(`${purpose} ${boot.cell} ${boot.token}\n`, (error) => (error ? reject(error) : resolve(socket)))
  })
}

/** What a cell inherits; the last one ends when its program begins. */
interface Connections {
  readonly channel: Socket
  readonly output: Socket
  readonly watched: Socket | undefined
}

function spawnCell(
  config: LauncherConfig,
  boot: Boot,
  uid: number | undefined,
  line: CommandLine,
  { channel, output, watched }: Connections,
): ChildProcess {
  const plain = config.tier === 'C'
  if (plain) makeTemporaryFolder(join(config.cellsFolder, boot.cell, 'tmp'), uid)
  const child = spawn(line.file, line.args, {
    cwd: '/',
    env: plain ? { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', TZ: ':UTC' } : {},
    stdio: ['ignore', output, output, channel, ...(watched ? [watched] : [])],
    ...(line.uid === undefined ? {} : { uid: line.uid, gid: line.uid }),
  })
  // destroy, never end: a shutdown would act on the socket that the child now shares.
  for (const socket of [channel, output, watched]) socket?.destroy()
  return child
}

function makeTemporaryFolder(folder: string, uid: number | undefined): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o700)
  if (uid !== undefined) chownSync(folder, uid, uid)
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
}

/** The stand-in for a control group's memory limit. */
class MemoryWatch {
  readonly #cell: string
  readonly #child: ChildProcess
  readonly #report: (event: LauncherEvent) => void
  #limitBytes = Number.POSITIVE_INFINITY
  #peakBytes = 0
  #kills = 0

  constructor(cell: string, child: ChildProcess, report: (event: LauncherEvent) => void) {
    this.#cell = cell
    this.#child = child
    this.#report = report
  }

  get verdict(): { memoryKills: number; memoryPeakBytes: number } {
    return { memoryKills: this.#kills, memoryPeakBytes: this.#peakBytes }
  }

  limit(memoryMb: number): void {
    this.#limitBytes = memoryMb * BYTES_PER_MB
  }

  look(): void {
    // Without a limit nobody uses the cell yet.
    if (this.#limitBytes === Number.POSITIVE_INFINITY) return
    const bytes = treeMemoryBytes(this.#child.pid ?? 0)
    if (bytes > this.#peakBytes) {
      this.#peakBytes = bytes
      this.#report({ event: 'memory', cell: this.#cell, peakBytes: bytes })
    }
    if (bytes <= this.#limitBytes) return
    this.#kills++
    this.#child.kill('SIGKILL')
  }
}

/** A cell's group, and its place among the others. */
class CgroupControls {
  readonly #cell: string
  readonly #cgroup: CellCgroup
  readonly #shares: CpuShares
  #memoryMb: number

  constructor(cell: string, cgroup: CellCgroup, memoryMb: number, shares: CpuShares) {
    this.#cell = cell
    this.#cgroup = cgroup
    this.#memoryMb = memoryMb
    this.#shares = shares
  }

  assign(memoryMb: number, version: string): void {
    // Often it is what cells of its class begin with.
    if (memoryMb !== this.#memoryMb) this.#cgroup.limit(memoryMb)
    this.#memoryMb = memoryMb
    this.#shares.assign(this.#cell, memoryMb, this.#cgroup.cpu, version)
  }

  ration(): void {
    this.#cgroup.cpu.ration(this.#memoryMb)
  }

  demote(): void {
    this.#shares.demote(this.#cell)
  }

  hurry(): void {
    this.#shares.boot(this.#cell, this.#memoryMb, this.#cgroup.cpu)
  }

  shelve(): void {
    this.#shares.shelve(this.#cell, this.#cgroup.cpu)
  }

  freeze(): void {
    this.#cgroup.freeze()
    this.#shares.rest(this.#cell)
  }

  thaw(): void {
    this.#shares.wake(this.#cell)
    this.#cgroup.thaw()
  }

  kill(): void {
    this.#cgroup.kill()
  }

  remove(): boolean {
    return this.#cgroup.remove()
  }
}

function controls(
  child: ChildProcess,
  group: CgroupControls | undefined,
  watch: MemoryWatch,
  uid: number | undefined,
): CellProcess {
  return {
    uid,
    assign: (memoryMb, version) => (group ? group.assign(memoryMb, version) : watch.limit(memoryMb)),
    ration: () => group?.ration(),
    demote: () => group?.demote(),
    hurry: () => group?.hurry(),
    shelve: () => group?.shelve(),
    watch: () => group ?? watch.look(),
    freeze: () => group?.freeze(),
    thaw: () => group?.thaw(),
    kill() {
      // The sandbox dies with bwrap (its children have it as their parent's death signal); the group holds the rest.
      group?.kill()
      child.kill('SIGKILL')
    },
    remove: () => group?.remove() ?? true,
  }
}
