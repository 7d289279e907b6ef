// What the server needs of the machine besides the sandbox.
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { BundleState } from '../bundle.ts'
import { type Finding, fail, ok, warn } from './check.ts'
import { run } from './sandbox.ts'

const GB = 1024 ** 3
const DISK_WARN_BYTES = 2 * GB
const DISK_FAIL_BYTES = GB / 4
const WATCHES_MIN = 8_192
const OPEN_FILES_MIN = 4_096
const CONNECT_TIMEOUT_MS = 1_000
/** No machine that runs this is older than this. */
const EARLIEST_MS = Date.parse('2026-01-01T00:00:00Z')

export function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const found = `${process.versions.node} (${process.execPath})`
  return major > 24 || (major === 24 && minor >= 21)
    ? ok('node', found)
    : fail('node', found, 'npm ci brings Node 24.21.')
}

/** What a start is made from. */
export function modules(bundle: BundleState): Finding {
  const mend = 'npm run bundle (quicker starts, smaller servers)'
  switch (bundle.kind) {
    case 'fresh':
      return ok('modules', 'joined')
    case 'stale':
      return warn('modules', `${bundle.source} has changed since they were joined: starts are from the sources`, mend)
    case 'absent':
      return warn('modules', 'not joined: starts are from the sources', mend)
  }
}

export async function python(): Promise<Finding> {
  const ran = await run('/usr/bin/python3', ['--version'])
  if (!ran.ok) return warn('python', 'not installed: no Python functions', 'sudo apt-get install -y python3')
  const minor = Number(/3\.(\d+)/.exec(ran.out)?.[1])
  return minor >= 9 ? ok('python', ran.out) : warn('python', ran.out, 'Python functions need 3.9 or newer.')
}

/** Free, or held by a Mayfly that answers. */
export async function port(host: string, number: number, serverAnswers: boolean): Promise<Finding> {
  const name = 'port'
  const at = `${host}:${number}`
  if (serverAnswers) return ok(name, `${at} is this Mayfly's`)
  return (await isTaken(host, number))
    ? warn(name, `${at} is taken by another program`, 'Stop it, or choose another with --port or MAYFLY_PORT.')
    : ok(name, `${at} is free`)
}

function isTaken(host: string, number: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: number, timeout: CONNECT_TIMEOUT_MS })
    const settle = (taken: boolean) => () => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', settle(true)).once('timeout', settle(false)).once('error', settle(false))
  })
}

/** Whether the folder can be written to, or made. Makes nothing. */
export function dataFolder(folder: string): Finding {
  const there = nearestThere(folder)
  try {
    accessSync(there, constants.W_OK)
    if (!statSync(there).isDirectory()) throw new Error(`${there} is not a folder`)
    return ok('data', there === folder ? `${folder} can be written to` : `${folder} can be made`)
  } catch (error) {
    return fail('data', `${folder}: ${messageOf(error)}`, 'Choose another with --data or MAYFLY_DATA.')
  }
}

function nearestThere(folder: string): string {
  let there = folder
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there)
  return there
}

export function disk(folder: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(nearestThere(folder))
    const free = bavail * bsize
    const found = `${(free / GB).toFixed(1)} GB free at ${folder}`
    if (free < DISK_FAIL_BYTES) return fail('disk', found, 'Make room, or choose another folder with --data.')
    return free < DISK_WARN_BYTES ? warn('disk', found, 'Make room soon.') : ok('disk', found)
  } catch (error) {
    return fail('disk', messageOf(error), 'Choose another folder with --data.')
  }
}

/** How many files `mayfly dev` may watch. */
export function fileWatches(): Finding {
  const watches = readNumber('/proc/sys/fs/inotify/max_user_watches')
  if (watches === undefined) return ok('file watches', 'no limit known')
  return watches >= WATCHES_MIN
    ? ok('file watches', `${watches}`)
    : warn('file watches', `${watches}`, 'sudo sysctl -w fs.inotify.max_user_watches=524288')
}

export function openFiles(): Finding {
  const soft = openFilesLimit()
  if (soft === undefined) return ok('open files', 'no limit known')
  return soft >= OPEN_FILES_MIN
    ? ok('open files', `${soft}`)
    : warn('open files', `${soft}`, `ulimit -n ${OPEN_FILES_MIN * 16}, or LimitNOFILE= in the service`)
}

function openFilesLimit(): number | undefined {
  try {
    const text = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return text === undefined ? undefined : text === 'unlimited' ? Infinity : Number(text)
  } catch {
    // Not Linux.
    return undefined
  }
}

/** A signature is good for 15 minutes around the server's time. */
export function clock(nowMs: number): Finding {
  const now = new Date(nowMs).toISOString()
  return nowMs > EARLIEST_MS ? ok('clock', now) : fail('clock', now, 'Set the clock: signatures carry the time.')
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    // Not Linux.
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
