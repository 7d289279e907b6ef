// Quotas as flags name them: a number, bytes with a unit, or none.
import { CliError } from './errors.ts'

export type Quota = number | 'none'

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }
const BINARY: Readonly<Record<string, number>> = { KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40 }

/** `none`, or a whole number. Throws CliError for anything else. */
export function quotaOf(input: string): Quota {
  if (input === 'none') return 'none'
  if (/^\d{1,15}$/.test(input)) return Number(input)
  throw new CliError('MF1002', `${input} is neither a whole number nor none`)
}

/** As `quotaOf`, with a unit: `500MB`, `10GiB`. */
export function bytesOf(input: string): Quota {
  const [, count, unit = ''] = /^(\d{1,15})([A-Za-z]*)$/.exec(input) ?? []
  const factor = UNITS[unit.toUpperCase()] ?? BINARY[unit.toUpperCase()]
  return count === undefined || factor === undefined ? quotaOf(input) : Number(count) * factor
}
