// A server as a process: signals, the end, and what is printed about it. The command hands over here.
import { OperatorError } from '#base/errors.ts'
import { createJsonLog, type LogLevel } from '#base/json-log.ts'
import type { Log } from '#base/log.ts'
import { writeSync } from 'node:fs'
import { type RunningServer, type ServerOptions, startServer } from './main.ts'

/** Standard error. */
const LOG_DESCRIPTOR = 2

/** The platform log on standard error. */
export function stderrLog(level: LogLevel): Log {
  return createJsonLog({ level, write: (line) => writeWhole(line) })
}

/** A pipe that nobody reads must not end the server. */
function writeWhole(line: string): void {
  try {
    writeSync(LOG_DESCRIPTOR, line)
  } catch {
    // EAGAIN or EPIPE: a line that cannot be written is lost; there is no better place to tell it to.
  }
}

export interface RunOptions extends ServerOptions {
  /** Told once the server is ready. */
  readonly onReady: (server: RunningServer) => void
}

/**
 * Runs a server until a signal ends it; resolves with the exit status: 0 after SIGTERM or SIGINT. A second signal ends it
 * at once. Throws OperatorError when it cannot start.
 */
export async function runServer(options: RunOptions): Promise<number> {
  const ended = Promise.withResolvers<number>()
  // A bug that nobody caught ends the process, as Node does; the log must hold it before.
  process.on('uncaughtExceptionMonitor', (error, origin) => options.log?.error('crash', { error, origin }))
  const server = await startServer({ ...options, ownProcess: true })
  let draining = false
  const onSignal = (): void => {
    if (draining) return ended.resolve(130)
    draining = true
    server.close().then(
      () => ended.resolve(0),
      (error: unknown) =>
        ended.reject(error instanceof Error ? error : new OperatorError(String(error), 'See the log.')),
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  options.onReady(server)
  try {
    return await ended.promise
  } finally {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
  }
}
