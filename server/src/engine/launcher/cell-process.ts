// The life of one cell as the launcher sees it: groups made, connections opened, process spawned, ended, swept.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { CgroupPlaces } from './cgroup-places.ts'
import { createCellCgroup } from './cgroups.ts'
import type { CellCgroup } from './cgroups.ts'
import type { Command, LauncherEvent } from './commands.ts'
import { plainCommand, sandboxedCommand } from './sandbox.ts'
import type { LauncherConfig } from './sandbox.ts'

type Boot = Extract<Command, { op: 'boot' }>

export interface CellProcess {
  readonly uid: number | undefined
  /** Changes the memory limit and the CPU share. */
  limit(memoryMb: number): void
  freeze(): void
  thaw(): void
  kill(): void
  /** False while the kernel still holds the groups: ask again. */
  remove(): boolean
}

/** Boots a cell. `report` hears `spawned`, then `exit`; or `failed` alone. */
export async function bootCell(
  config: LauncherConfig,
  places: CgroupPlaces | undefined,
  boot: Boot,
  uid: number | undefined,
  report: (event: LauncherEvent) => void,
): Promise<CellProcess> {
  const cgroup = places && createCellCgroup(places, boot.cell)
  cgroup?.limit(config.classes[boot.memoryClass].memoryMb)
  try {
    const channel = await openConnection(config, boot, 'channel')
    const output = await openConnection(config, boot, 'output')
    const child = spawnCell(config, boot, uid, cgroup, channel, output)
    await spawned(child)
    const meters = cgroup ? { meters: cgroup.meters } : {}
    report({ event: 'spawned', cell: boot.cell, pid: child.pid ?? 0, ...meters })
    child.once('exit', (code, signal) => {
      // What the main process left behind (only possible in tier C) goes with it.
      cgroup?.kill()
      const memory = cgroup && { memoryKills: cgroup.memoryKills(), memoryPeakBytes: cgroup.memoryPeakBytes() }
      report({ event: 'exit', cell: boot.cell, code, signal, memoryKills: 0, ...memory })
    })
    return controls(child, cgroup, uid)
  } catch (error) {
    cgroup?.kill()
    cgroup?.remove()
    throw error
  }
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

function spawnCell(
  config: LauncherConfig,
  boot: Boot,
  uid: number | undefined,
  cgroup: CellCgroup | undefined,
  channel: Socket,
  output: Socket,
): ChildProcess {
  const plain = config.tier === 'C'
  if (plain) makeTemporaryFolder(join(config.cellsFolder, boot.cell, 'tmp'), uid)
  const line = plain ? plainCommand(config, boot, uid) : sandboxedCommand(config, boot, uid, cgroup?.procsFiles ?? [])
  const child = spawn(line.file, line.args, {
    cwd: '/',
    env: plain ? { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', TZ: ':UTC' } : {},
    stdio: ['ignore', output, output, channel],
    ...(line.uid === undefined ? {} : { uid: line.uid, gid: line.uid }),
  })
  // destroy, never end: a shutdown would act on the socket that the child now shares.
  channel.destroy()
  output.destroy()
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

function controls(child: ChildProcess, cgroup: CellCgroup | undefined, uid: number | undefined): CellProcess {
  return {
    uid,
    limit: (memoryMb) => cgroup?.limit(memoryMb),
    freeze: () => cgroup?.freeze(),
    thaw: () => cgroup?.thaw(),
    kill() {
      // The sandbox dies with bwrap (its children have it as their parent's death signal); the group holds the rest.
      cgroup?.kill()
      child.kill('SIGKILL')
    },
    remove: () => cgroup?.remove() ?? true,
  }
}
