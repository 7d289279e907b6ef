// The flags that every command takes, and those of the commands that talk to a server.
import type { ClientFlags, TerminalFlags } from './config.ts'
import { CliError } from './errors.ts'

export interface CommonFlags extends TerminalFlags {
  /** Never asks. The command asks nothing yet; scripts can already say so. */
  readonly input?: boolean | undefined
  readonly cwd?: string | undefined
}

export interface ServerFlags extends CommonFlags, ClientFlags {}

/** Takes the text as it is. */
export function text(input: string): string {
  return input
}

/** A flag with a value, which may be left out. `placeholder`: what stands for the value in the help. */
export function optional<VALUE>(parse: (input: string) => VALUE, brief: string, placeholder?: string) {
  return { kind: 'parsed', parse, optional: true, brief, ...(placeholder !== undefined && { placeholder }) } as const
}

/** A flag that is there or not. */
export function toggle(brief: string) {
  return { kind: 'boolean', optional: true, withNegated: false, brief } as const
}

export const commonFlags = {
  json: toggle('The result as JSON on standard output'),
  quiet: toggle('No progress on standard error'),
  verbose: { kind: 'counter', optional: true, brief: 'More on standard error' },
  color: { kind: 'boolean', optional: true, brief: 'Colour, or none, whatever the terminal is' },
  input: { kind: 'boolean', optional: true, brief: 'Whether the command may ask (it never does so far)' },
  cwd: optional(text, 'Work in this folder', 'folder'),
} as const

export const commonAliases = { q: 'quiet', v: 'verbose', C: 'cwd' } as const

export const serverFlags = {
  ...commonFlags,
  endpoint: optional(text, 'Where the server is', 'url'),
  region: optional(text, 'AWS region', 'region'),
  profile: optional(text, 'AWS credentials profile', 'name'),
} as const

/** A parser of whole numbers within bounds. The parser throws CliError for anything else. */
export function wholeNumber(min: number, max: number): (input: string) => number {
  return (input) => {
    const value = /^\d{1,12}$/.test(input) ? Number(input) : Number.NaN
    if (value >= min && value <= max) return value
    throw new CliError('MF1002', `${input} is not a whole number from ${min} to ${max}`)
  }
}

const SPAN_UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A parser of spans such as `90`, `15m`, `2h` or `30d`, in seconds. The parser throws CliError for anything else. */
export function secondsUpTo(max: number): (input: string) => number {
  return (input) => {
    const [, count = '', unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(input) ?? []
    const value = Number(count || Number.NaN) * (SPAN_UNITS_S[unit || 's'] ?? 1)
    if (value >= 1 && value <= max) return value
    throw new CliError('MF1002', `${input} is not a time from 1 s to ${max} s`, { mend: 'Write 90, 15m, 2h or 30d.' })
  }
}

/** `KEY=value`, as --env takes it. Throws CliError for anything else. */
export function variable(input: string): readonly [string, string] {
  const match = /^([a-zA-Z][a-zA-Z0-9_]+)=([\s\S]*)$/.exec(input)
  if (match?.[1] !== undefined) return [match[1], match[2] ?? '']
  throw new CliError('MF1002', `${input} is not of the form NAME=value`, {
    why: 'Names have two characters or more: a letter, then letters, digits and underscores.',
  })
}
