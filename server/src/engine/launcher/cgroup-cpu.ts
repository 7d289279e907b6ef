// The CPU of one cell's control group: its weight among the cells, whether it stands back behind them, which cores it uses,
// a quota, and what it took. The two versions of control groups differ in names and units only.
import { closeSync, existsSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MeterFiles } from './commands.ts'
import { type CoreUser, coreUserOf } from './core-reserve.ts'
import { MEMORY_MB_PER_CORE } from './cpu-shares.ts'

/**
 * A quota is dealt out in periods of this length. 5 ms of work take a function of 128 MB 60 ms in either case; but with the
 * kernel's own period of 100 ms the slowest of them take 160, with this one 100.
 */
const QUOTA_PERIOD_US = 20_000

/** The kernel takes none below. */
const QUOTA_US_MIN = 1_000

interface Dialect {
  readonly weightFile: string
  /** The weight of one whole core's memory, and the kernel's bounds. */
  readonly weightPerCore: number
  readonly weightMin: number
  readonly weightMax: number
  /** Files and what is written into them, in this order. */
  quota(quotaUs: number): readonly (readonly [string, string])[]
}

const V1: Dialect = {
  weightFile: 'cpu.shares',
  weightPerCore: 1024,
  weightMin: 2,
  weightMax: 262_144,
  quota: (quotaUs) => [
    ['cpu.cfs_period_us', String(QUOTA_PERIOD_US)],
    ['cpu.cfs_quota_us', String(quotaUs)],
  ],
}

const V2: Dialect = {
  weightFile: 'cpu.weight',
  weightPerCore: 100,
  weightMin: 1,
  weightMax: 10_000,
  quota: (quotaUs) => [['cpu.max', `${quotaUs} ${QUOTA_PERIOD_US}`]],
}

/** Gives a group the weight of so many cores' memory; one of them is what an ordinary program weighs. */
export function weighGroup(folder: string, version: 'v1' | 'v2', cores: number): void {
  const { weightFile, weightPerCore, weightMax } = version === 'v1' ? V1 : V2
  writeFileSync(join(folder, weightFile), String(Math.min(weightMax, weightPerCore * cores)))
}

export class CgroupCpu {
  readonly meter: MeterFiles['cpu']
  readonly #folder: string
  readonly #dialect: Dialect
  readonly #file: number
  readonly #cores: CoreUser | undefined
  #open = true
  /** Linux 5.15 knows groups that take only what others leave; before it, a small weight is what comes nearest. */
  readonly #knowsIdle: boolean
  #weight: number
  #back = false

  private constructor(folder: string, dialect: Dialect, meter: MeterFiles['cpu'], cores: string | undefined) {
    this.#cores = cores === undefined ? undefined : coreUserOf(cores)
    this.#folder = folder
    this.#dialect = dialect
    this.meter = meter
    this.#file = openSync(meter.path, 'r')
    this.#knowsIdle = existsSync(join(folder, 'cpu.idle'))
    this.#weight = dialect.weightMin
  }

  /** Of the first version: the folders of the group in the trees of two controllers. `cores`: where its cores are said. */
  static v1(folder: string, accounting: string, cores?: string): CgroupCpu {
    return new CgroupCpu(folder, V1, { path: join(accounting, 'cpuacct.usage'), format: 'nanoseconds' }, cores)
  }

  /** Of the second version. */
  static v2(folder: string, cores?: string): CgroupCpu {
    return new CgroupCpu(folder, V2, { path: join(folder, 'cpu.stat'), format: 'cpu.stat' }, cores)
  }

  /** CPU in proportion to memory, where several want it. */
  weigh(memoryMb: number): void {
    const { weightPerCore, weightMin, weightMax } = this.#dialect
    this.#weight = Math.min(weightMax, Math.max(weightMin, Math.round((weightPerCore * memoryMb) / MEMORY_MB_PER_CORE)))
    // The kernel refuses a weight for a group that stands back.
    if (!this.#back) this.#write(this.#dialect.weightFile, this.#weight)
  }

  /** Takes only what the other cells leave, or its part again. */
  standBack(back: boolean): void {
    if (back === this.#back) return
    this.#back = back
    if (this.#knowsIdle) this.#write('cpu.idle', Number(back))
    if (!back) this.#write(this.#dialect.weightFile, this.#weight)
    else if (!this.#knowsIdle) this.#write(this.#dialect.weightFile, this.#dialect.weightMin)
  }

  /** Where that can be said. */
  useCores(list: string): void {
    this.#cores?.useCores(list)
  }

  /** From now on no more than the memory buys on AWS, whether or not anybody else wants it. */
  ration(memoryMb: number): void {
    const quotaUs = Math.max(QUOTA_US_MIN, Math.round((QUOTA_PERIOD_US * memoryMb) / MEMORY_MB_PER_CORE))
    for (const [name, value] of this.#dialect.quota(quotaUs)) this.#write(name, value)
  }

  /** CPU time since it began, ms. */
  takenMs(): number {
    const text = TEXT.toString('latin1', 0, readSync(this.#file, TEXT, 0, TEXT.length, 0))
    if (this.meter.format === 'nanoseconds') return Number(text) / 1e6
    return Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0) / 1e3
  }

  /** The group is gone. */
  close(): void {
    if (this.#open) closeSync(this.#file)
    this.#open = false
  }

  #write(name: string, value: number | string): void {
    writeFileSync(join(this.#folder, name), String(value))
  }
}

const TEXT = Buffer.alloc(512)
