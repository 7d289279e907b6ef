// An address that this machine gets while functions with a network of their own run is closed to them as well.
import { spawn } from 'node:child_process'
import type { Clock } from '#base/clock.ts'
import { closeAddresses, ownAddresses, type UplinkTools } from './uplink.ts'

/** How often the machine's addresses are looked at, while there is such a cell. */
const LOOK_EVERY_MS = 2_000

/** A network that cannot be changed is not there yet, or broken: then the cell must not go on. */
const FAILURES_MAX = 5

interface Watched {
  readonly pid: number
  readonly kill: () => void
  /** Addresses that are closed to it for certain. */
  closed: string
  failures: number
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
    this.#cells.set(cell, { pid, kill, closed: '', failures: 0 })
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
      for (const [cell, watched] of this.#cells) if (watched.closed !== String(own)) await this.#close(tools, cell, own)
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
