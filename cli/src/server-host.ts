// The server inside this process, for `start` and `dev`. Everything else in the command talks to servers over HTTP only.
import type { RunningServer } from '@mayfly/server'
import { CliError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import type { CommonFlags } from './flags.ts'
import type { Output } from './terminal/output.ts'
import { type LogLevel, terminalLog } from './terminal/server-log.ts'

export interface HostFlags extends CommonFlags {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly data?: string | undefined
  readonly tls?: boolean | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

export interface HostOptions {
  readonly mode: 'start' | 'dev'
  /** `dev`: refuse what policies do not allow, instead of warning. */
  readonly enforce?: boolean
  readonly flags: HostFlags
  readonly output: Output
  /** Told once the server is ready. */
  readonly onReady: (server: RunningServer) => void
  /** Told at the first signal, before the server drains. */
  readonly onEnding?: () => Promise<void>
}

/** Runs until a signal ends it. Throws CliError when the server cannot start. */
export async function hostServer({
  mode,
  enforce = false,
  flags,
  output,
  onReady,
  onEnding,
}: HostOptions): Promise<void> {
  const { runServer, stderrLog } = await import('@mayfly/server/run.ts')
  let status: number
  let ending: Promise<void> | undefined
  let early: NodeJS.Signals | undefined
  let started = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (started) ending ??= onEnding?.()
    else early ??= signal
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  try {
    status = await runServer({
      mode,
      enforce,
      ...(flags.host === undefined ? {} : { host: flags.host }),
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags.data === undefined ? {} : { dataFolder: flags.data }),
      ...(flags.tls === undefined ? {} : { tls: flags.tls }),
      ...(flags.tlsCert === undefined ? {} : { tlsCert: flags.tlsCert }),
      ...(flags.tlsKey === undefined ? {} : { tlsKey: flags.tlsKey }),
      log:
        mode === 'dev' && !output.json
          ? terminalLog(output, logLevel(output, mode))
          : stderrLog(logLevel(output, mode)),
      onReady(server) {
        started = true
        onReady(server)
        // Who ends a server that is only just starting means it: it ends as soon as it can end in order.
        if (early !== undefined) process.kill(process.pid, early)
      },
    })
  } catch (error) {
    throw cannotStart(error)
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
  }
  // The second Ctrl-C: whatever still runs is not waited for.
  if (status !== EXIT.ok) process.exit(status)
  await ending
}

/** A server writes its log; a developer wants to see what went wrong, and more only when asked. */
function logLevel(output: Output, mode: 'start' | 'dev'): LogLevel {
  if (output.quiet) return 'error'
  if (output.verbose > 1) return 'debug'
  return mode === 'start' || output.verbose > 0 ? 'info' : 'warn'
}

/** The server's own errors for its operator carry a hint; anything else is a fault. */
function cannotStart(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'OperatorError') return error
  const hint = (error as Error & { readonly hint?: string }).hint
  const taken = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
  return new CliError(taken ? 'MF4001' : 'MF4002', error.message, { mend: hint, cause: error })
}

/** What is missing for the full isolation, with the mend of each. */
export function sayIsolation(
  output: Output,
  server: { engineStatus(): Pick<ReturnType<RunningServer['engineStatus']>, 'tier' | 'weaknesses'> },
): void {
  const { tier, weaknesses } = server.engineStatus()
  if (weaknesses.length === 0) return
  const verdict = tier === 'A' ? 'functions are isolated, but' : 'functions run with less isolation than they could'
  output.note(`${output.styleErr('yellow', `isolation tier ${tier}`)}: ${verdict}`)
  for (const { what, mend } of weaknesses) output.note(`  ${what}. To mend: ${mend}`)
}

/** What clients must be told to trust, where the server has an authority of its own. */
export function sayAuthority(output: Output, { authorityFile }: RunningServer): void {
  if (authorityFile === undefined) return
  output.note(`certificate authority: ${authorityFile} (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, curl --cacert)`)
}
