// Who of the cells may have a core at once, and who only takes what the others leave. Idle cores are there for everybody:
// a cell that computes is slowed down by nothing while nobody else has work. A cell that took more than its share stands
// back behind the others until it has gone without for a while: so what runs for a moment never waits for what runs without
// end, and what runs without end still gets its share.
//
// The share of a cell: what its memory buys on AWS, or half of a fair part of this machine where that is more, as on a
// machine with little to do. What it takes is read from the kernel; a bucket of unused share lets it run in bursts. The
// bucket fills while a cell is frozen, too. A new cell gets a full one if no other of its version got one lately, and begins
// behind otherwise: a version that computes, dies and comes again would be in front all the time.
//
// For those who are in front and stay there cores are kept while others get in the way: see core-reserve.ts.

import type { Clock } from '#base/clock.ts'
import type { CoreReserve, CoreUser, CoreWork } from './core-reserve.ts'

/** One core per 1,769 MB. Source: developer guide, "Configure Lambda function memory". */
export const MEMORY_MB_PER_CORE = 1769

/** How often the cells' CPU time is read. */
const LOOK_EVERY_MS = 20

/** What a cell may take at once, above its share, before it stands back. */
const BURST_MS = 25

/** Of the new cells of a version, one in this time begins with a burst. */
export const BURST_EVERY_MS = 10_000

/** Versions whose last burst is remembered; with more, the longest past is forgotten. */
export const BURSTS_MAX = 4_096

/** A cell that stood back comes forward once so much of its share was not taken. */
const FORWARD_FROM_MS = BURST_MS / 2

/** A look that comes late counts for no more time than this. */
const LOOK_MS_MAX = 1_000

/** A cell that has been in front for so long is no new one, and has its place there once it takes less than its share. */
const SETTLED_MS = 100

/** For so long a cell stands back that was told to. */
const DEMOTED_MS = 1_000

/** Part of the machine's cores that is promised to the cells that use them, in proportion to memory. */
const PROMISED = 0.5

export interface CpuUser extends CoreUser {
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
  /** Whose instance it is; undefined while it boots. */
  readonly version: string | undefined
  /** How long it has been in front and running. */
  frontMs: number
  /** Among those for whom cores are kept. */
  settled: boolean
  /** Until then it stands back, monotonic ms. */
  demotedUntilMs: number
}

export class CpuShares {
  readonly #clock: Clock
  readonly #cores: number
  readonly #reserve: CoreReserve
  /** Cells that boot while nobody waits for them. */
  readonly #booting = new Set<string>()
  readonly #running = new Map<string, Account>()
  /** Frozen cells, and since when. */
  readonly #resting = new Map<string, { readonly account: Account; readonly sinceMs: number }>()
  /** When a version's last burst was given, the oldest first. */
  readonly #bursts = new Map<string, number>()
  #seenMs = 0
  #looking = false

  constructor(clock: Clock, cores: number, reserve: CoreReserve) {
    this.#clock = clock
    this.#cores = cores
    this.#reserve = reserve
  }

  /** A cell boots, and nobody waits for it: behind everybody. */
  prepare(cell: string, user: CpuUser): void {
    this.#booting.add(cell)
    user.standBack(true)
    this.#reserve.put(user, 'back')
  }

  /** A cell boots, and somebody waits for it: behind those that run. */
  boot(cell: string, memoryMb: number, user: CpuUser): void {
    this.#run(cell, accountOf(user, memoryMb, 0, undefined))
  }

  /** A cell is ready and does nothing: in front, so that whoever comes first need not wait for `assign`. */
  shelve(cell: string, user: CpuUser): void {
    this.#forget(cell)
    user.standBack(false)
    this.#reserve.put(user, 'back')
  }

  /** From now on a cell is an instance of a version. */
  assign(cell: string, memoryMb: number, user: CpuUser, version: string): void {
    const savedMs = this.#mayBurst(version) ? BURST_MS : (this.#running.get(cell)?.savedMs ?? 0)
    this.#run(cell, accountOf(user, memoryMb, savedMs, version))
  }

  /** It stands back for a while, whatever its share. */
  demote(cell: string): void {
    const account = this.#running.get(cell)
    if (!account) return
    account.demotedUntilMs = this.#clock.monotonicMs() + DEMOTED_MS
    account.back = true
    account.settled = false
    account.frontMs = 0
    this.#run(cell, account)
  }

  /** It is frozen: nobody looks at it, and what it does not take is saved. */
  rest(cell: string): void {
    const account = this.#running.get(cell)
    if (!account) return
    this.#running.delete(cell)
    this.#reserve.rest(account.user)
    this.#resting.set(cell, { account, sinceMs: this.#clock.monotonicMs() })
  }

  /** It runs again. */
  wake(cell: string): void {
    const rested = this.#resting.get(cell)
    if (!rested) return
    this.#resting.delete(cell)
    const { account, sinceMs } = rested
    account.seenMs = account.user.takenMs()
    save(account, ((this.#clock.monotonicMs() - sinceMs) * account.memoryMb) / MEMORY_MB_PER_CORE)
    account.back = isBack(account, this.#clock.monotonicMs())
    account.settled &&= !account.back
    this.#run(cell, account)
  }

  /** It is gone. */
  leave(cell: string, user: CpuUser): void {
    this.#forget(cell)
    this.#reserve.leave(user)
  }

  #forget(cell: string): void {
    this.#booting.delete(cell)
    this.#running.delete(cell)
    this.#resting.delete(cell)
  }

  #run(cell: string, account: Account): void {
    this.#booting.delete(cell)
    account.user.standBack(account.back)
    this.#place(account)
    this.#running.set(cell, account)
    if (!this.#looking) void this.#lookOn()
  }

  #place({ user, settled }: Account): void {
    this.#reserve.put(user, settled ? 'front' : 'back')
  }

  /** Whether a new cell of the version begins with a burst; if so it has been given. */
  #mayBurst(version: string): boolean {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - (this.#bursts.get(version) ?? Number.NEGATIVE_INFINITY) < BURST_EVERY_MS) return false
    this.#bursts.delete(version)
    this.#bursts.set(version, nowMs)
    for (const [oldest, atMs] of this.#bursts) {
      if (nowMs - atMs < BURST_EVERY_MS && this.#bursts.size <= BURSTS_MAX) break
      this.#bursts.delete(oldest)
    }
    return true
  }

  /** As long as there is somebody to look after. */
  async #lookOn(): Promise<void> {
    this.#looking = true
    this.#seenMs = this.#clock.monotonicMs()
    while (this.#running.size > 0) {
      await this.#clock.sleep(LOOK_EVERY_MS)
      const nowMs = this.#clock.monotonicMs()
      this.#look(nowMs, Math.min(nowMs - this.#seenMs, LOOK_MS_MAX))
      this.#seenMs = nowMs
    }
    this.#reserve.open()
    this.#looking = false
  }

  /** Reads what everybody took since the last look, and says who stands back, and who uses which cores. */
  #look(nowMs: number, passedMs: number): void {
    const taken = new Map<Account, number>()
    let activeMb = 0
    let frontMs = 0
    let behind = this.#booting.size > 0
    const growing = new Set<string | undefined>()
    for (const account of this.#running.values()) {
      const takenMs = account.user.takenMs()
      const tookMs = takenMs - account.seenMs
      account.seenMs = takenMs
      taken.set(account, tookMs)
      if (tookMs > 0 || account.back) activeMb += account.memoryMb
      if (account.settled) frontMs += tookMs
      else growing.add(account.version)
    }
    let front: CoreWork['front'] = 'rests'
    for (const [account, tookMs] of taken) {
      if (account.settled && tookMs > 0 && front !== 'works') front = growing.has(account.version) ? 'grows' : 'works'
      const fair = (PROMISED * this.#cores * account.memoryMb) / Math.max(activeMb, account.memoryMb)
      save(account, passedMs * Math.max(fair, account.memoryMb / MEMORY_MB_PER_CORE) - tookMs)
      // Who boots for somebody is waited for, and gets in nobody's way.
      behind ||= account.back && account.version !== undefined && tookMs > 0
      const back = isBack(account, nowMs)
      account.frontMs = back ? 0 : account.frontMs + passedMs
      account.settled = !back && (account.settled || isSettling(account))
      if (back !== account.back) account.user.standBack(back)
      account.back = back
      this.#place(account)
    }
    this.#reserve.look(nowMs, { front, frontMs, behind })
  }
}

/** Below nothing it does not go: what a cell takes while nobody else wants it is no debt. */
function save(account: Account, ms: number): void {
  account.savedMs = Math.min(BURST_MS, Math.max(0, account.savedMs + ms))
}

/** Who came forward because it had too little may take its share there for long: its bucket does not fill. */
function isSettling({ frontMs, savedMs }: Account): boolean {
  return frontMs >= SETTLED_MS && savedMs === BURST_MS
}

function isBack({ back, savedMs, demotedUntilMs }: Account, nowMs: number): boolean {
  if (nowMs < demotedUntilMs) return true
  return back ? savedMs < FORWARD_FROM_MS : savedMs === 0
}

/** Of a cell that has saved so much of its share. */
function accountOf(user: CpuUser, memoryMb: number, savedMs: number, version: string | undefined): Account {
  const back = savedMs < FORWARD_FROM_MS
  const demotedUntilMs = Number.NEGATIVE_INFINITY
  return {
    user,
    memoryMb,
    seenMs: user.takenMs(),
    savedMs,
    back,
    version,
    frontMs: 0,
    settled: false,
    demotedUntilMs,
  }
}
