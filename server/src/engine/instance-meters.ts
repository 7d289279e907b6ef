// What an instance uses: memory and processor time, as its cell's meters say, read as seldom as the bill allows.
import type { Cell } from './cell.ts'
import { METER_EVERY_MS, METER_FROM_MS } from './limits.ts'

/** The part of a metering that comes from the meters. */
export interface Usage {
  readonly peakMemoryMb: number
  readonly cpuMs: number | undefined
  /** Bytes to and from other machines since they were last asked for. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

export class InstanceMeters {
  readonly #cell: Cell
  /** With several invocations at once nobody can tell whose processor time it was. */
  readonly #shared: boolean
  #cpuSeenMs: number | undefined
  #peakMemoryMb = 0
  #traffic = { sentBytes: 0, receivedBytes: 0 }
  /** When the meters were read. */
  #readMs = Number.NEGATIVE_INFINITY

  constructor(cell: Cell, shared: boolean) {
    this.#cell = cell
    this.#shared = shared
  }

  /** What the cell used before is not the instance's. */
  begin(): void {
    this.#cpuSeenMs = this.#cell.cpuMs()
    this.#traffic = this.#cell.traffic()
  }

  /**
   * For something that was at work for `workMs` until now. That may be the cell's own word: one that lies puts off what it
   * used, by METER_EVERY_MS at most.
   */
  usage(nowMs: number, workMs: number): Usage {
    // Reading the kernel's files costs more than a quick invocation is worth: there the last figures stand.
    const fresh = workMs >= METER_FROM_MS || nowMs - this.#readMs >= METER_EVERY_MS
    const cpuMs = fresh ? this.#read(nowMs) : undefined
    const before = this.#traffic
    this.#traffic = this.#cell.traffic()
    return {
      peakMemoryMb: this.#peakMemoryMb,
      cpuMs: this.#shared ? undefined : cpuMs,
      sentBytes: this.#traffic.sentBytes - before.sentBytes,
      receivedBytes: this.#traffic.receivedBytes - before.receivedBytes,
    }
  }

  /** Processor time since the last reading. */
  #read(nowMs: number): number | undefined {
    const cpuMs = this.#cell.cpuMs()
    const usedMs = cpuMs === undefined || this.#cpuSeenMs === undefined ? undefined : cpuMs - this.#cpuSeenMs
    this.#cpuSeenMs = cpuMs
    this.#peakMemoryMb = this.#cell.peakMemoryMb()
    this.#readMs = nowMs
    return usedMs
  }
}
