// Sees to it that a system call that a cell may not make is not only refused but told: the kernel hands it to the guard, a
// process beside the launcher, which refuses it and says whose it was. Where that is not possible (no perl, a kernel
// before Linux 5.0) the filter refuses by itself, and nobody hears of it.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { isCellId, LineReader } from './commands.ts'
import type { LauncherEvent } from './commands.ts'
import type { LauncherConfig } from './sandbox.ts'
import { SYSCALLS } from './syscalls.ts'

/** The guard says that it is ready within this. */
const READY_MS_MAX = 2_000

/** Of the calls of an architecture, by number. */
type CallNames = ReadonlyMap<number, string>

export interface Guard {
  readonly pid: number
  /** A connection to be inherited by the cell's last step. */
  connect(cell: string): Promise<Socket>
}

/** Starts the guard; undefined where there can be none. `report` hears of each refused call, `lost` of the guard's end. */
export function startGuard(
  config: LauncherConfig,
  report: (event: LauncherEvent) => void,
  lost: () => void,
): Promise<Guard | undefined> {
  const architecture = arch()
  if (config.perlPath === undefined || (architecture !== 'x64' && architecture !== 'arm64'))
    return Promise.resolve(undefined)
  const names: CallNames = new Map(Object.entries(SYSCALLS[architecture]).map(([name, number]) => [number, name]))
  const path = join(dirname(config.serverSocket), 'guard.sock')
  const script = join(config.runtimeFolder, 'guard/watch.pl')
  // Its standard input is a pipe that ends with this process.
  const child = spawn(config.perlPath, [script, architecture, path], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return new Promise((resolve) => {
    const cancel = systemClock.after(READY_MS_MAX, () => {
      child.kill('SIGKILL')
      resolve(undefined)
    })
    const end = (): void => {
      cancel()
      resolve(undefined)
      lost()
    }
    child.once('error', end)
    child.once('exit', end)
    const lines = new LineReader((line) => {
      if (line !== 'ready') return hear(line, names, report)
      cancel()
      resolve({ pid: child.pid ?? 0, connect: (cell) => connectTo(path, cell) })
    })
    child.stdout.setEncoding('latin1').on('data', (text: string) => lines.push(text))
  })
}

/** `call <cell> <number> <first argument>`. */
function hear(line: string, names: CallNames, report: (event: LauncherEvent) => void): void {
  const [, cell, number, argument] = line.split(' ')
  if (!isCellId(cell)) return
  const name = names.get(Number(number)) ?? `call ${number}`
  const detail = name === 'socket' ? ` of family ${argument}` : name === 'clone' ? ' with a new namespace' : ''
  report({ event: 'refused', cell, call: `${name}${detail}` })
}

function connectTo(path: string, cell: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.pause()
    socket.once('error', reject)
    socket.write(cell, (error) => (error ? reject(error) : resolve(socket)))
  })
}
