// Cells with a network of their own: an address that this machine gets while they run is closed to them as well, and a
// cell whose network is gone ends, since nothing would ever mend it.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Clock } from '#base/clock.ts'
import { closeAddresses, ownAddresses, UPLINK_DEVICE, type UplinkTools } from './uplink.ts'

/** How often the machine's addresses and the cells' networks are looked at, while there is such a cell. */
const LOOK_EVERY_MS = 2_000

/** A network that cannot be changed is not there yet, or broken: then the cell must not go on. */
const FAILURES_MAX = 5

interface Watched {
  readonly pid: number
  readonly kill: () => void
  /** Addresses that are closed to it for certain. */
  closed: string
  failures: number
  /** Its device was seen. */
  up: boolean
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
  add(cell: string, pid: number, kill: () => void): void {
    this.#cells.set(cell, { pid, kill, closed: '', failures: 0, up: false })
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
        const up = await hasUplink(watched.pid)
        if (watched.up && !up && this.#cells.get(cell) === watched) watched.kill()
        watched.up ||= up
      }
    }
    this.#looking = false
  }

  async #close(tools: UplinkTools, cell: string, own: readonly string[]): Promise<void> {
    const watched = this.#cells.get(cell)
    if (!watched) return
    const [file = '', ...args] = closeAddresses(tools, watched.pid, own)
    const code = await new Promise<number | null>((resolve) => {
      const child = spawn(file, args, { cwd: '/', env: {}, stdio: 'ignore' })
      child.once('error', () => resolve(null))
      child.once('exit', resolve)
    })
    if (code === 0) watched.closed = String(own)
    else if (++watched.failures >= FAILURES_MAX && this.#cells.get(cell) === watched) watched.kill()
  }
}

/** Whether the stack is there: its device goes with it. */
async function hasUplink(pid: number): Promise<boolean> {
  const devices = await readFile(`/proc/${pid}/net/dev`, 'latin1').catch(() => '')
  return devices.includes(`${UPLINK_DEVICE}:`)
}
