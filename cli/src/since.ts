// Moments as flags name them: a span back from now, or a date.
import { CliError } from './errors.ts'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The moment in epoch ms. `flag` is named in the CliError for what is neither a span nor a date. */
export function timeOf(flag: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (count !== undefined && unit !== undefined) return Math.max(0, nowMs - Number(count) * (UNITS_MS[unit] ?? 0))
  const date = Date.parse(text)
  if (!Number.isNaN(date)) return date
  throw new CliError('MF1002', `${flag} ${text} is neither a span nor a date`, {
    mend: 'Write 30s, 10m, 2h, 1d or 2026-11-21T09:00:00Z.',
  })
}
