// What invocations use, added up. Key layout:
//   usage.hours     [hour, account, region, function]   hours since 1970
//   usage.days      [day, account, region, function]    days since 1970, UTC
//   usage.accounts  [account, day]
//   usage.journals  [journal]                            journals whose rows are in the store
// All figures are whole numbers, so that sums are exact.
import { Collection, jsonCodec } from '#storage/collection.ts'

/** Whose usage it is. */
export interface UsageSubject {
  readonly account: string
  readonly region: string
  readonly function: string
}

/** Sums over invocations; `peakMemoryMb` is the largest. */
export interface Usage {
  readonly invocations: number
  /** Of the invocations, those that failed. */
  readonly errors: number
  /** Not begun: no instance, or a budget. */
  readonly throttled: number
  readonly billedMs: number
  /** Billed milliseconds times configured memory: 1,024,000 are a GB-second. */
  readonly billedMbMs: number
  readonly initUs: number
  readonly cpuUs: number
  /** From the request until an instance began. */
  readonly waitedUs: number
  readonly peakMemoryMb: number
  /** Payloads of invocations and of their answers. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** To and from other machines. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** A sum that grows. */
export type UsageTotal = { -readonly [Figure in keyof Usage]: Usage[Figure] }

export const MB_MS_PER_GB_SECOND = 1_024_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export const NO_USAGE: Usage = Object.freeze({
  invocations: 0,
  errors: 0,
  throttled: 0,
  billedMs: 0,
  billedMbMs: 0,
  initUs: 0,
  cpuUs: 0,
  waitedUs: 0,
  peakMemoryMb: 0,
  bytesIn: 0,
  bytesOut: 0,
  sentBytes: 0,
  receivedBytes: 0,
})

/** The order in which a journal writes them. */
export const FIGURES = Object.freeze(Object.keys(NO_USAGE)) as readonly (keyof Usage)[]

/** Adds to a sum in its place: this is done for each invocation. */
export function addTo(total: UsageTotal, usage: Usage): void {
  total.invocations += usage.invocations
  total.errors += usage.errors
  total.throttled += usage.throttled
  total.billedMs += usage.billedMs
  total.billedMbMs += usage.billedMbMs
  total.initUs += usage.initUs
  total.cpuUs += usage.cpuUs
  total.waitedUs += usage.waitedUs
  total.peakMemoryMb = Math.max(total.peakMemoryMb, usage.peakMemoryMb)
  total.bytesIn += usage.bytesIn
  total.bytesOut += usage.bytesOut
  total.sentBytes += usage.sentBytes
  total.receivedBytes += usage.receivedBytes
}

export function sum(a: Usage, b: Usage): Usage {
  const total = { ...a }
  addTo(total, b)
  return total
}

export const usageHours = new Collection<Usage>({ name: 'usage.hours', codec: jsonCodec(1) })
export const usageDays = new Collection<Usage>({ name: 'usage.days', codec: jsonCodec(1) })
export const usageOfAccounts = new Collection<Usage>({ name: 'usage.accounts', codec: jsonCodec(1) })
export const storedJournals = new Collection<Record<string, never>>({ name: 'usage.journals', codec: jsonCodec(1) })
