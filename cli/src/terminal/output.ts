// What the command prints, and where. Standard output carries the result and nothing else; everything that is said about
// it goes to standard error. With --json the result is one object with its schema version, or one object a line.
import { styleText } from 'node:util'
import type { TerminalFlags, TerminalSettings } from '../config.ts'
import { ERRORS, type CliError, type Place } from '../errors.ts'

export const SCHEMA_VERSION = 1

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue'

/** Where text goes: process.stdout and process.stderr, or a test's. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

export interface OutputOptions {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly flags: TerminalFlags
  readonly settings: TerminalSettings
}

export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: number
  readonly #stdout: Sink
  readonly #stderr: Sink
  readonly #settings: TerminalSettings
  readonly #colorOut: boolean
  readonly #colorErr: boolean

  constructor({ stdout, stderr, flags, settings }: OutputOptions) {
    this.json = flags.json === true
    this.quiet = flags.quiet === true
    this.verbose = flags.verbose ?? 0
    this.#stdout = stdout
    this.#stderr = stderr
    this.#settings = settings
    this.#colorOut = settings.color(stdout.isTTY === true)
    this.#colorErr = settings.color(stderr.isTTY === true)
  }

  /** A person looks at it: standard output is a terminal, and nothing says otherwise. */
  get interactive(): boolean {
    return this.#stdout.isTTY === true && this.#settings.interactive && !this.json
  }

  /** The command's one result: the object with --json, else the text (nothing when it is empty). */
  result(object: Readonly<Record<string, unknown>>, text: string): void {
    if (this.json) this.#stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...object })}\n`)
    else if (text !== '') this.#stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** One of many results: a line of NDJSON with --json, else a line of text. */
  record(object: Readonly<Record<string, unknown>>, text: string): void {
    this.result(object, text)
  }

  /** Bytes of the result as they are, for example a function's answer. */
  raw(text: string): void {
    this.#stdout.write(text)
  }

  /** Progress and notices. Silent with --quiet. */
  note(text: string): void {
    if (!this.quiet) this.#stderr.write(`${text}\n`)
  }

  /** A line of the server's log. What is quiet is decided by its level. */
  serverLine(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim'
    this.#stderr.write(`${this.styleErr(style, level)} ${text}\n`)
  }

  /** Only with -v. */
  detail(text: string): void {
    if (this.verbose > 0 && !this.quiet) this.#stderr.write(`${this.styleErr('dim', text)}\n`)
  }

  /** Always to standard error; with --json also as the one object on standard output. */
  error(error: CliError): void {
    const object = { schemaVersion: SCHEMA_VERSION, ...error.details.result, error: errorObject(error) }
    if (this.json) this.#stdout.write(`${JSON.stringify(object)}\n`)
    this.#stderr.write(`${this.formatError(error)}\n`)
    if (this.verbose > 0 && error.cause instanceof Error) this.#stderr.write(`${error.cause.stack ?? ''}\n`)
  }

  /** Colours text for standard output. */
  style(style: Style, text: string): string {
    return this.#colorOut ? styleText(style, text, { validateStream: false }) : text
  }

  /** Colours text for standard error. */
  styleErr(style: Style, text: string): string {
    return this.#colorErr ? styleText(style, text, { validateStream: false }) : text
  }

  /** The symbol, or its ASCII stand-in where the locale has no more. */
  symbol(name: keyof typeof SYMBOLS): string {
    return SYMBOLS[name][this.#settings.unicode ? 0 : 1]
  }

  /** Code, place and what; then the code itself, why, and the way out. */
  formatError(error: CliError): string {
    const { place, why, mend, requestId } = error.details
    const where = place === undefined ? '' : ` ${this.styleErr('cyan', formatPlace(place))}`
    const lines = [`${this.styleErr('red', error.code)}${where} ${this.symbol('dash')} ${error.message}`]
    if (place?.frame !== undefined) lines.push(place.frame)
    if (why !== undefined) lines.push(`  why: ${why}`)
    if (mend !== undefined) lines.push(`  fix: ${mend}`)
    if (requestId !== undefined && this.verbose > 0) lines.push(`  request: ${requestId}`)
    return lines.join('\n')
  }
}

const SYMBOLS = {
  reload: ['↻', '~'],
  dot: ['·', '-'],
  dash: ['—', '-'],
  ok: ['✓', 'ok'],
  fail: ['✗', 'x'],
  arrow: ['→', '->'],
} as const

/** `file:line:column`, as editors and terminals make it a link. */
export function formatPlace({ file, line, column }: Place): string {
  if (line === undefined) return file
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`
}

function errorObject(error: CliError): Record<string, unknown> {
  const { place, why, mend, requestId } = error.details
  return {
    code: error.code,
    title: ERRORS[error.code].title,
    message: error.message,
    ...place,
    why,
    mend,
    requestId,
    exitCode: error.exitCode,
  }
}
