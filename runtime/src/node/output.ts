// What a function prints, as log events. console.* is formatted as AWS's runtime does it, one event per call, however
// many lines it has; what goes to process.stdout or stderr directly is one event per line.
import { Writable } from 'node:stream'
import { format } from 'node:util'

/** Receives finished log events. */
export type LogSink = (line: string) => void

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' } as const

export interface OutputCapture {
  /** Writes an event with the runtime's own format. */
  log(level: string, message: string): void
  /** Passes on what was printed without a newline. */
  flush(): void
}

/**
 * Takes over console, stdout and stderr. `requestId`: what console lines carry; undefined outside an invocation, which AWS
 * prints as "undefined".
 */
export function captureOutput(sink: LogSink, requestId: () => string | undefined): OutputCapture {
  const capture: OutputCapture = {
    log: (level, message) => sink(`${new Date().toISOString()}\t${requestId()}\t${level}\t${message}`),
    flush() {
      for (const stream of streams) stream.flush()
    },
  }
  for (const [method, level] of Object.entries(LEVELS))
    Object.assign(console, { [method]: (...args: unknown[]) => capture.log(level, format(...args)) })
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
