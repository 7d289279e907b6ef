// Commands about functions: deploying and calling them, and looking at what they do.
import { buildCommand } from '@stricli/core'
import type { DeployFlags } from '../commands/deploy.ts'
import type { ExecutionsFlags } from '../commands/executions.ts'
import type { InvokeFlags } from '../commands/invoke.ts'
import type { LogsFlags } from '../commands/logs.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, optional, type ServerFlags, serverFlags, text, toggle, wholeNumber } from '../flags.ts'
import { loaded, takes, toServer } from './command.ts'
import { functionName, handlerPath, settings } from './function-flags.ts'

export const deploy = buildCommand<DeployFlags, [path?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/deploy.ts')).deploy),
  parameters: {
    flags: {
      ...serverFlags,
      ...settings,
      dryRun: toggle('Only print what would be done'),
      tenantIsolation: toggle('A new function whose instances serve one tenant each; every call names its own'),
      image: optional(
        text,
        'A container image in place of a folder: OCI layout, or tar of `docker save`; needs --name',
        'path',
      ),
    },
    aliases: commonAliases,
    positional: takes(handlerPath),
  },
  docs: {
    brief: 'Bundles a function, or sends its image, and creates or updates it',
    customUsage: [
      { input: 'examples/photos --memory 512', brief: 'A folder, with more memory' },
      { input: '--image hello.tar --name hello', brief: 'A container image' },
    ],
  },
})

export const invoke = buildCommand<InvokeFlags, [name: string], CliContext>({
  loader: loaded(async () => (await import('../commands/invoke.ts')).invoke),
  parameters: {
    flags: {
      ...serverFlags,
      payload: optional(text, 'JSON, @file, or - for standard input'),
      async: toggle('Queue it and do not wait'),
      tail: { kind: 'boolean', optional: true, brief: 'The end of its log on standard error' },
      qualifier: optional(text, 'Version or alias'),
      tenantId: optional(text, 'For whom it runs, where the function isolates its tenants', 'tenant'),
      executionName: optional(text, 'Of a durable execution: asked again, it means the same one', 'name'),
      allowError: toggle('Exit 0 on a function error too'),
    },
    aliases: { ...commonAliases, p: 'payload' },
    positional: takes(functionName),
  },
  docs: {
    brief: 'Calls a function and prints its result',
    fullDescription:
      'The result goes to standard output, the log tail to standard error. Exits 1 when the function fails.',
    customUsage: [{ input: `hello --payload '{"name":"Ada"}'`, brief: 'With a payload' }],
  },
})

export const logs = buildCommand<LogsFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/logs.ts')).logs),
  parameters: {
    flags: {
      ...serverFlags,
      follow: toggle('Go on as lines come'),
      since: optional(text, '30s, 10m, 2h, 1d or a date (10m)'),
      filter: optional(text, 'CloudWatch Logs filter pattern'),
      group: optional(text, 'Log group, instead of a function'),
    },
    aliases: { ...commonAliases, f: 'follow' },
    positional: takes({ ...functionName, optional: true }),
  },
  docs: {
    brief: 'Prints the log of a function, or of all functions',
    customUsage: [{ input: 'hello --follow', brief: 'As lines come' }],
  },
})

export const executions = buildCommand<ExecutionsFlags, [name: string, execution?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/executions.ts')).executions),
  parameters: {
    flags: {
      ...serverFlags,
      status: optional(text, 'Only those: running, succeeded, failed, timed_out, stopped'),
      limit: optional(wholeNumber(1, 10_000), 'How many, the newest first (50)'),
      stop: toggle('End the execution that is named'),
    },
    aliases: commonAliases,
    positional: takes(functionName, { brief: 'Name or ARN', parse: text, placeholder: 'execution', optional: true }),
  },
  docs: {
    brief: 'Prints the executions of a durable function, or what happened in one',
    customUsage: [
      { input: 'order --status running', brief: 'Those that run' },
      { input: 'order order-17', brief: 'What happened in one' },
    ],
  },
})

export const mappings = buildCommand<ServerFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/mappings.ts')).mappings),
  parameters: {
    ...toServer,
    positional: takes({ ...functionName, optional: true }),
  },
  docs: { brief: 'Prints which queues and streams feed functions, with state and last result' },
})

export const rules = buildCommand<ServerFlags, [bus?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/rules.ts')).rules),
  parameters: {
    ...toServer,
    positional: takes({ brief: 'Name of an event bus', parse: text, placeholder: 'bus', optional: true }),
  },
  docs: { brief: 'Prints which events and times go from event buses to which targets' },
})
