// What a command is given: where to print and the environment it was started in.
import type { CommandContext } from '@stricli/core'
import { type Environment, terminalSettings } from './config.ts'
import { CliError } from './errors.ts'
import type { CommonFlags } from './flags.ts'
import { Output, type Sink } from './terminal/output.ts'

export interface CliContext extends CommandContext {
  readonly env: Environment
  readonly stdout: Sink
  readonly stderr: Sink
}

/** What every command begins with: goes to the folder of --cwd, and gives the output that the flags ask for. */
export function begin(context: CliContext, flags: CommonFlags): Output {
  if (flags.cwd !== undefined) goTo(flags.cwd)
  return new Output({
    stdout: context.stdout,
    stderr: context.stderr,
    flags,
    settings: terminalSettings(flags, context.env),
  })
}

function goTo(folder: string): void {
  try {
    process.chdir(folder)
  } catch (cause) {
    throw new CliError('MF1201', `--cwd: cannot go to ${folder}`, { mend: 'Name a folder that is there.', cause })
  }
}
