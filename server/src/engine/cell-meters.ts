// The kernel's own account of a cell, where it has control groups: peak memory and CPU time.
import { KernelFile } from './kernel-file.ts'
import type { MeterFiles } from './launcher/commands.ts'

const BYTES_PER_MB = 1024 * 1024

export class CellMeters {
  readonly #memory: KernelFile
  readonly #cpu: KernelFile
  readonly #format: MeterFiles['cpu']['format']
  #peakBytes = 0

  private constructor(memory: KernelFile, cpu: KernelFile, format: MeterFiles['cpu']['format']) {
    this.#memory = memory
    this.#cpu = cpu
    this.#format = format
  }

  /** A cell that is gone before we hear that it began has taken its group, and these files, with it: then undefined. */
  static open(files: MeterFiles): CellMeters | undefined {
    const memory = KernelFile.open(files.memory)
    const cpu = KernelFile.open(files.cpu.path)
    if (memory && cpu) return new CellMeters(memory, cpu, files.cpu.format)
    memory?.close()
    cpu?.close()
    return undefined
  }

  /** Since the cell began, MB. On a kernel that keeps no peak: the most that was seen when it was asked for. */
  peakMemoryMb(): number {
    this.#peakBytes = Math.max(this.#peakBytes, Number(this.#memory.read()))
    return this.#peakBytes / BYTES_PER_MB
  }

  /** Since the cell began, ms; undefined when it is gone. */
  cpuMs(): number | undefined {
    const text = this.#cpu.read()
    if (text === '') return undefined
    if (this.#format === 'nanoseconds') return Number(text) / 1e6
    return Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0) / 1e3
  }

  close(): void {
    this.#memory.close()
    this.#cpu.close()
  }
}
