// What a function prints, as log events. console.* is formatted as AWS's runtime does it, one event per call, however
// many lines it has; what goes to process.stdout or stderr directly is one event per line.
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import { format } from 'node:util'
import { errorLogJson } from './errors.ts'
import type * as JsonLines from './json-lines.ts'

/** What lines tell of the invocation that they belong to. */
export interface LineFacts {
  readonly requestId: string
  readonly tenantId: string | undefined
}

/** Receives finished log events. */
export type LogSink = (line: string) => void

const LEVELS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
} as const

export interface OutputCapture {
  /** Writes an event in the runtime's own format. */
  log(level: string, values: readonly unknown[]): void
  /** Writes what was thrown, where nobody else caught it; `title` stands in the text format only. */
  logError(title: string, thrown: unknown): void
  /** From here on console lines are JSON, and those below `level` are left out. */
  useJson(level: string | undefined): void
  /** Passes on what was printed without a newline. */
  flush(): void
}

/**
 * Takes over console, stdout and stderr. `current`: the invocation that console lines tell of; undefined outside one, where
 * AWS prints "undefined" for its id.
 */
export function captureOutput(sink: LogSink, current: () => LineFacts | undefined): OutputCapture {
  let json: { readonly line: typeof JsonLines.jsonLine; readonly isWanted: (level: string) => boolean } | undefined
  const capture: OutputCapture = {
    log(level, values) {
      if (json) {
        if (json.isWanted(level)) sink(json.line(level, current(), values))
      } else sink(`${new Date().toISOString()}\t${current()?.requestId}\t${level}\t${format(...values)}`)
    },
    logError(title, thrown) {
      if (json) capture.log('ERROR', [thrown instanceof Error ? thrown : new Error(String(thrown))])
      else capture.log('ERROR', ['%s', `${title} \t${errorLogJson(thrown)}`])
    },
    useJson(least) {
      // Loaded when it is asked for: most functions log text.
      const { jsonLine, isLevelWanted } = createRequire(import.meta.url)('./json-lines.ts') as typeof JsonLines
      json = { line: jsonLine, isWanted: (level) => isLevelWanted(level, least) }
    },
    flush() {
      for (const stream of streams) stream.flush()
    },
  }
  for (const [method, level] of Object.entries(LEVELS))
    Object.assign(console, { [method]: (...args: unknown[]) => capture.log(level, args) })
  const streams: LineStream[] = []
  replaceStream('stdout', 1, sink, streams)
  replaceStream('stderr', 2, sink, streams)
  return capture
}

/** A stream that cuts what is written into lines. */
class LineStream extends Writable {
  readonly fd: number
  readonly #sink: LogSink
  #rest = ''

  constructor(fd: number, sink: LogSink) {
    super({ decodeStrings: false })
    this.fd = fd
    this.#sink = sink
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#sink(line)
    done()
  }

  flush(): void {
    if (this.#rest === '') return
    this.#sink(this.#rest)
    this.#rest = ''
  }
}

/** Made when first used: most functions never touch these streams. */
function replaceStream(name: 'stdout' | 'stderr', fd: number, sink: LogSink, made: LineStream[]): void {
  let stream: LineStream | undefined
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get() {
      if (!stream) made.push((stream = new LineStream(fd, sink)))
      return stream
    },
  })
}
