// Whether the disk of the data folder has room. Looked at when somebody asks and the last look is old, and all the time
// while there is too little, so that room which was made is noticed.
//
//   ample ──free room below `lowBytes`, or a write found none──▶ low ──more than that by AMPLE_RATIO──▶ ample
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { DiskFullError } from '../store.ts'
import { boundsOf, freeBytesOf } from './disk-bounds.ts'
import { AMPLE_RATIO, LOOK_INTERVAL_MS } from './limits.ts'

export type DiskState =
  | { readonly kind: 'ample'; readonly freeBytes: number }
  | { readonly kind: 'low'; readonly freeBytes: number; readonly neededBytes: number }

export interface DiskSpaceOptions {
  /** In the folder that is looked at. What of it is missing is needed before there is room for anything else. */
  readonly reservePath: string
  readonly clock: Clock
  readonly log: Log
}

export class DiskSpace {
  readonly #options: DiskSpaceOptions
  #state: DiskState = { kind: 'ample', freeBytes: Infinity }
  #lookedMs = 0
  #looking: Promise<void> | undefined
  /** Cancels the next look of a time with too little room. */
  #cancelNext: CancelTimer = () => {}
  #isClosed = false
  #refusals = 0

  private constructor(options: DiskSpaceOptions) {
    this.#options = options
  }

  /** Takes the first look. */
  static async open(options: DiskSpaceOptions): Promise<DiskSpace> {
    const space = new DiskSpace(options)
    await space.look()
    return space
  }

  /** Nothing that grows the data is to be stored. */
  get isLow(): boolean {
    if (this.#options.clock.monotonicMs() - this.#lookedMs > LOOK_INTERVAL_MS) void this.look()
    return this.#state.kind === 'low'
  }

  get state(): DiskState {
    return this.#state
  }

  /** How often something was refused since the start. */
  get refusals(): number {
    return this.#refusals
  }

  /** Throws DiskFullError where there is too little room. */
  demandRoom(): void {
    if (this.isLow) throw this.refuse()
  }

  /** The error for whoever is refused, counted. */
  refuse(cause?: unknown): DiskFullError {
    this.#refusals++
    return new DiskFullError('the disk of the data folder is full, or nearly', { cause })
  }

  /** A write found no room, whatever the last look said. */
  sawFull(): void {
    this.#become('low', 0, 0)
    void this.look()
  }

  /** Looks now. Whoever asks during a look waits for that one. */
  look(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelNext()
  }

  async #look(): Promise<void> {
    const { reservePath, clock } = this.#options
    try {
      const [size, reserve] = await Promise.all([
        statfs(dirname(reservePath)),
        stat(reservePath).then(
          ({ size }) => size,
          () => 0,
        ),
      ])
      const { reserveBytes, lowBytes } = boundsOf(size)
      const freeBytes = freeBytesOf(size)
      const isLow = this.#state.kind === 'low'
      const neededBytes = Math.ceil((isLow ? AMPLE_RATIO : 1) * lowBytes + Math.max(0, reserveBytes - reserve))
      this.#become(freeBytes < neededBytes ? 'low' : 'ample', freeBytes, neededBytes)
    } catch {
      // What cannot be asked is tried: a write tells when there is no room.
      this.#become('ample', Infinity, 0)
    }
    this.#lookedMs = clock.monotonicMs()
    this.#cancelNext()
    if (this.#state.kind === 'low') this.#cancelNext = clock.after(LOOK_INTERVAL_MS, () => void this.look())
  }

  #become(kind: DiskState['kind'], freeBytes: number, neededBytes: number): void {
    const { log } = this.#options
    const before = this.#state.kind
    this.#state = kind === 'low' ? { kind, freeBytes, neededBytes } : { kind, freeBytes }
    if (before === kind) return
    if (kind === 'ample') log.info('the disk has room again', { freeBytes })
    else log.warn('the disk is nearly full: only reads and deletions are served', { freeBytes, neededBytes })
  }
}
