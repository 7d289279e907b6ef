// Every error that the command can print: a stable code, the exit code that goes with it, and what it is about. Each is
// explained in docs/cli.md; a test holds the two together.
import { EXIT } from './exit-codes.ts'

interface Kind {
  readonly exit: number
  readonly title: string
}

export const ERRORS = Object.freeze({
  MF1001: { exit: EXIT.usage, title: 'unknown command' },
  MF1002: { exit: EXIT.usage, title: 'arguments not understood' },
  MF1003: { exit: EXIT.usage, title: 'payload is not JSON' },
  MF1101: { exit: EXIT.configuration, title: 'a setting is not usable' },
  MF1102: { exit: EXIT.configuration, title: 'no such credentials profile' },
  MF1201: { exit: EXIT.notFound, title: 'no such file or folder' },
  MF1202: { exit: EXIT.configuration, title: 'no handler found' },
  MF1203: { exit: EXIT.configuration, title: 'the handler is not exported' },
  MF1204: { exit: EXIT.usage, title: 'more than one handler found' },
  MF1205: { exit: EXIT.usage, title: 'not a usable function name' },
  MF1301: { exit: EXIT.failed, title: 'the source does not compile' },
  MF1302: { exit: EXIT.failed, title: 'an import cannot be resolved' },
  MF1303: { exit: EXIT.failed, title: 'the package is too large' },
  MF1304: { exit: EXIT.failed, title: 'a requirement cannot be installed' },
  MF1305: { exit: EXIT.failed, title: 'no image that can be sent' },
  MF2001: { exit: EXIT.unreachable, title: 'the server cannot be reached' },
  MF2002: { exit: EXIT.unreachable, title: 'the server did not answer in time' },
  MF2003: { exit: EXIT.failed, title: 'the server failed' },
  MF2101: { exit: EXIT.notFound, title: 'not found' },
  MF2102: { exit: EXIT.denied, title: 'denied' },
  MF2103: { exit: EXIT.conflict, title: 'conflict' },
  MF2104: { exit: EXIT.failed, title: 'the request was refused' },
  MF3001: { exit: EXIT.failed, title: 'the function returned an error' },
  MF3002: { exit: EXIT.failed, title: 'the function did not become active' },
  MF3101: { exit: EXIT.checks, title: 'the audit trail is broken' },
  MF4001: { exit: EXIT.conflict, title: 'the port is taken' },
  MF4002: { exit: EXIT.failed, title: 'the server cannot start' },
  MF4003: { exit: EXIT.checks, title: 'this machine needs mending' },
  MF9001: { exit: EXIT.failed, title: 'a fault in Mayfly' },
} satisfies Record<string, Kind>)

export type ErrorCode = keyof typeof ERRORS

/** A place in a source file. Line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The code around it, ready to print. */
  readonly frame?: string
}

export interface CliErrorDetails {
  readonly place?: Place | undefined
  /** The cause, in one sentence. */
  readonly why?: string | undefined
  /** What to do, in one sentence. */
  readonly mend?: string | undefined
  readonly requestId?: string | undefined
  /** What there is of a result, for --json: it goes beside the error into the one object. */
  readonly result?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/** An error that its reader can act on. Anything else that is thrown is a fault in Mayfly. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: ErrorCode
  readonly details: CliErrorDetails

  constructor(code: ErrorCode, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.details = details
  }

  get exitCode(): number {
    return ERRORS[this.code].exit
  }
}

/** The command was ended by a signal after it cleaned up; says nothing, only sets the exit code. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('interrupted')
    this.exitCode = exitCode
  }
}

/** Whatever was thrown, as an error that can be printed. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CliError('MF9001', message, {
    why: 'The command met something that it was not written for.',
    mend: 'Run it again with -v to see where, and report it.',
    cause: error,
  })
}
