// Who of the cells may have a core at once, and who only takes what the others leave. Idle cores are there for everybody:
// a cell that computes is slowed down by nothing while nobody else has work. A cell that took more than its share stands
// back behind the others until it has gone without for a while: so what runs for a moment never waits for what runs without
// end, and what runs without end still gets its share.
//
// The share of a cell: what its memory buys on AWS, or half of a fair part of this machine where that is more, as on a
// machine with little to do. What it takes is read from the kernel; a bucket of unused share lets it run in bursts.

import type { Clock } from '#base/clock.ts'

/** One core per 1,769 MB. Source: developer guide, "Configure Lambda function memory". */
export const MEMORY_MB_PER_CORE = 1769

/** How often the cells' CPU time is read. */
const LOOK_EVERY_MS = 20

/** What a cell may take at once, above its share, before it stands back. */
const BURST_MS = 25

/** A cell that stood back comes forward once so much of its share was not taken. */
const FORWARD_FROM_MS = BURST_MS / 2

/** A look that comes late counts for no more time than this. */
const LOOK_MS_MAX = 1_000

/** Part of the machine's cores that is promised to the cells that use them, in proportion to memory. */
const PROMISED = 0.5

export interface CpuUser {
  /** CPU time since it began, ms. */
  takenMs(): number
  /** Whether it stands back behind the others. */
  standBack(back: boolean): void
}

interface Account {
  readonly user: CpuUser
  readonly memoryMb: number
  seenMs: number
  /** Share that was not taken, ms. */
  savedMs: number
  back: boolean
}

export class CpuShares {
  readonly #clock: Clock
  readonly #cores: number
  readonly #accounts = new Map<string, Account>()
  #seenMs = 0
  #looking = false

  constructor(clock: Clock, cores: number) {
    this.#clock = clock
    this.#cores = cores
  }

  /** A cell is in use from now on. One that boots begins behind those that run. */
  enter(cell: string, memoryMb: number, user: CpuUser, from: 'front' | 'back'): void {
    const back = from === 'back'
    user.standBack(back)
    this.#accounts.set(cell, { user, memoryMb, seenMs: user.takenMs(), savedMs: back ? 0 : BURST_MS, back })
    if (!this.#looking) void this.#lookOn()
  }

  /** It is frozen, or gone. */
  leave(cell: string): void {
    this.#accounts.delete(cell)
  }

  /** As long as there is somebody to look after. */
  async #lookOn(): Promise<void> {
    this.#looking = true
    this.#seenMs = this.#clock.monotonicMs()
    while (this.#accounts.size > 0) {
      await this.#clock.sleep(LOOK_EVERY_MS)
      const nowMs = this.#clock.monotonicMs()
      this.#look(Math.min(nowMs - this.#seenMs, LOOK_MS_MAX))
      this.#seenMs = nowMs
    }
    this.#looking = false
  }

  /** Reads what everybody took since the last look, and says who stands back. */
  #look(passedMs: number): void {
    const taken = new Map<Account, number>()
    let activeMb = 0
    for (const account of this.#accounts.values()) {
      const takenMs = account.user.takenMs()
      const tookMs = takenMs - account.seenMs
      account.seenMs = takenMs
      taken.set(account, tookMs)
      if (tookMs > 0 || account.back) activeMb += account.memoryMb
    }
    for (const [account, tookMs] of taken) {
      const fair = (PROMISED * this.#cores * account.memoryMb) / Math.max(activeMb, account.memoryMb)
      const shareMs = passedMs * Math.max(fair, account.memoryMb / MEMORY_MB_PER_CORE)
      // Below nothing it does not go: what a cell takes while nobody else wants it is no debt.
      account.savedMs = Math.min(BURST_MS, Math.max(0, account.savedMs + shareMs - tookMs))
      const back = account.back ? account.savedMs < FORWARD_FROM_MS : account.savedMs === 0
      if (back !== account.back) account.user.standBack(back)
      account.back = back
    }
  }
}
