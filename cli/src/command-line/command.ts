// What the descriptions of commands are made of.
import type { CliContext } from '../context.ts'
import { commonAliases, optional, serverFlags, text } from '../flags.ts'

/** Parameters of a command that talks to a server and has no flags of its own. */
export const toServer = { flags: serverFlags, aliases: commonAliases } as const

export const account = optional(text, 'Of this account (000000000000)', 'account')

/** Arguments without a name, in their order. */
export function takes<const POSITIONALS extends readonly unknown[]>(...parameters: POSITIONALS) {
  return { kind: 'tuple', parameters } as const
}

/** A command as stricli wants it, which gives the context as `this`. Loaded when it is called. */
export function loaded<FLAGS, ARGS extends readonly unknown[]>(
  load: () => Promise<(context: CliContext, flags: FLAGS, ...args: ARGS) => void | Promise<void>>,
) {
  return async () => {
    const run = await load()
    return function withContext(this: CliContext, flags: FLAGS, ...args: ARGS): void | Promise<void> {
      return run(this, flags, ...args)
    }
  }
}
