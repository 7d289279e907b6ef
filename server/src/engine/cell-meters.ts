// The kernel's own account of a cell, where it has control groups: peak memory and CPU time.
import { KernelFile } from './kernel-file.ts'
import type { MeterFiles } from './launcher/commands.ts'

const BYTES_PER_MB = 1024 * 1024

export class CellMeters {
  readonly #memory: KernelFile
  readonly #cpu: KernelFile
  readonly #format: MeterFiles['cpu']['format']

  private constructor(memory: KernelFile, cpu: KernelFile, format: MeterFiles['cpu']['format']) {
    this.#memory = memory
    this.#cpu = cpu
    this.#format = format
  }

  /** A cell that is gone before we hear that it began has taken its group, and these files, with it: then undefined. */
  static open(files: MeterFiles): CellMeters | undefined {
    const memory = KernelFile.open(files.memoryPeak)
    const cpu = KernelFile.open(files.cpu.path)
    if (memory && cpu) return new CellMeters(memory, cpu, files.cpu.format)
    memory?.close()
    cpu?.close()
    return undefined
  }

  /** Since the cell began, MB. */
  peakMemoryMb(): number {
    return Number(this.#memory.read()) / BYTES_PER_MB
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
