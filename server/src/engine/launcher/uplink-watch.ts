// Cells with a network of their own: an address that this machine gets while they run is closed to them as well, what
// their filter refused is told, and a cell whose network is gone ends, since nothing would ever mend it.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import {
  closeAddresses,
  listRefused,
  ownAddresses,
  REFUSED_MAX,
  refusedGoals,
  UPLINK_DEVICE,
  type UplinkTools,
} from './uplink.ts'

/** How often the machine's addresses and the cells' networks are looked at, while there is such a cell. */
const LOOK_EVERY_MS = 2_000

/** A network that cannot be changed is not there yet, or broken: then the cell must not go on. */
const FAILURES_MAX = 5

/** What becomes of a cell by what is seen in its network. */
interface UplinkOwner {
  kill(): void
  /** Its filter refused connections to these, each for the first time. */
  refused(goals: readonly string[]): void
}

/** Columns of /proc/net/snmp. */
const TCP_ATTEMPT_FAILS = 7
const ICMP_IN_UNREACHABLES = 4

interface Watched {
  readonly pid: number
  readonly owner: UplinkOwner
  /** Addresses that are closed to it for certain. */
  closed: string
  failures: number
  /** Its device was seen. */
  up: boolean
  /** Attempts that failed, as the kernel counts them: while they stay the same, nothing new was refused. */
  attempts: string
  readonly refused: Set<string>
}

export class UplinkWatch {
  readonly #clock: Clock
  readonly #tools: UplinkTools | undefined
  readonly #cells = new Map<string, Watched>()
  #looking = false

  constructor(clock: Clock, tools: UplinkTools | undefined) {
    this.#clock = clock
    this.#tools = tools
  }

  /** `pid`: a process in the cell's network, as soon as there is one. */
  add(cell: string, pid: number, owner: UplinkOwner): void {
    this.#cells.set(cell, { pid, owner, closed: '', failures: 0, up: false, attempts: '', refused: new Set() })
    if (!this.#looking && this.#tools) void this.#lookOn(this.#tools)
  }

  remove(cell: string): void {
    this.#cells.delete(cell)
  }

  async #lookOn(tools: UplinkTools): Promise<void> {
    this.#looking = true
    while (this.#cells.size > 0) {
      await this.#clock.sleep(LOOK_EVERY_MS)
      const own = ownAddresses()
      // One after the other: they have time, and the machine has other work.
      for (const [cell, watched] of this.#cells) {
        if (watched.closed !== String(own)) await this.#close(tools, cell, own)
        const up = hasUplink(watched.pid)
        if (watched.up && !up && this.#cells.get(cell) === watched) watched.owner.kill()
        watched.up ||= up
        if (up) await this.#tellRefused(tools, watched)
      }
    }
    this.#looking = false
  }

  async #close(tools: UplinkTools, cell: string, own: readonly string[]): Promise<void> {
    const watched = this.#cells.get(cell)
    if (!watched) return
    const { code } = await run(closeAddresses(tools, watched.pid, own))
    if (code === 0) watched.closed = String(own)
    else if (++watched.failures >= FAILURES_MAX && this.#cells.get(cell) === watched) watched.owner.kill()
  }

  async #tellRefused(tools: UplinkTools, watched: Watched): Promise<void> {
    if (watched.refused.size >= REFUSED_MAX) return
    const attempts = failedAttempts(watched.pid)
    if (attempts === watched.attempts) return
    const { code, output } = await run(listRefused(tools, watched.pid))
    if (code !== 0) return
    watched.attempts = attempts
    const goals = refusedGoals(output).filter((goal) => !watched.refused.has(goal))
    for (const goal of goals) watched.refused.add(goal)
    if (goals.length > 0) watched.owner.refused(goals)
  }
}

/** Whether the stack is there: its device goes with it. */
function hasUplink(pid: number): boolean {
  return networkFile(pid, 'dev').includes(`${UPLINK_DEVICE}:`)
}

/** Connections that were reset while they were made, and packets that were answered by a refusal. */
function failedAttempts(pid: number): string {
  return networkFile(pid, 'snmp')
    .split('\n')
    .filter((line) => /^(Tcp|Icmp): \d/.test(line))
    .map((line) => line.split(' ')[line.startsWith('Tcp') ? TCP_ATTEMPT_FAILS : ICMP_IN_UNREACHABLES])
    .join(' ')
}

/** Empty when the process is gone. At once: Node's promises of files would cost the launcher 1 MB, and the kernel makes these. */
function networkFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/net/${name}`, 'latin1')
  } catch {
    return ''
  }
}

async function run([file = '', ...args]: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(file, args, { cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  return { code, output }
}
