// The command line: arguments in, exit code out. Parsing is stricli's; what is printed when it fails, and the exit codes,
// are ours.
import { run, type StricliProcess } from '@stricli/core'
import { buildMayfly } from './command-line/mayfly.ts'
import { type Environment, environment, terminalSettings } from './config.ts'
import { asCliError, type CliError, Interrupted } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { Output, type Sink } from './terminal/output.ts'

export interface Surroundings {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Environment
}

/** Runs the command with the process's own streams and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that closed the pipe (`mayfly logs | head`) has what it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
  })
  process.exitCode = await runMayfly(args, { stdout: process.stdout, stderr: process.stderr, env: environment() })
}

/** Runs the command and returns its exit code. Throws nothing. */
export async function runMayfly(args: readonly string[], { stdout, stderr, env }: Surroundings): Promise<number> {
  const output = new Output({ stdout, stderr, ...earlyFlags(args, env) })
  // An answer to be read by a program is never interleaved with help: stricli writes help only when it is asked for.
  const process: StricliProcess = { stdout, stderr: { write: () => undefined } }
  const failures: unknown[] = []
  const app = buildMayfly((error) => failures.push(error))
  await run(app, args, { process, env, stdout, stderr })
  return conclude(failures, process.exitCode, output)
}

function conclude(failures: readonly unknown[], stricliCode: unknown, output: Output): number {
  const interrupted = failures.find((error) => error instanceof Interrupted)
  if (interrupted !== undefined) return interrupted.exitCode
  const errors: readonly CliError[] = failures.map(asCliError)
  const [first] = errors
  if (first !== undefined) {
    output.error(first)
    return first.exitCode
  }
  if (stricliCode === 0 || stricliCode === undefined || stricliCode === null) return EXIT.ok
  return EXIT.failed
}

/** How to print an error that comes before the flags are understood. */
function earlyFlags(args: readonly string[], env: Environment) {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  const flags = {
    json: own.includes('--json'),
    verbose: own.filter((arg) => arg === '--verbose' || /^-v+$/.test(arg)).length,
    ...(own.includes('--no-color') ? { color: false } : {}),
  }
  return { flags, settings: terminalSettings(flags, env) }
}
