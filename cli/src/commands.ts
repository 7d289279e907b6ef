// All commands with their flags. Each is loaded when it is called, so that starting costs no more than it must.
import {
  type Application,
  type ApplicationText,
  ArgumentParseError,
  ArgumentScannerError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  FlagNotFoundError,
  formatMessageForArgumentScannerError,
  text_en,
} from '@stricli/core'
import type { AccountCreateFlags, AccountQuotaFlags } from './commands/account.ts'
import type { AuditFlags, AuditVerifyFlags } from './commands/audit.ts'
import type { DeployFlags } from './commands/deploy.ts'
import type { DevFlags } from './commands/dev.ts'
import type { DoctorFlags } from './commands/doctor.ts'
import type { ImageFlags } from './commands/image.ts'
import type { InvokeFlags } from './commands/invoke.ts'
import type { LogsFlags } from './commands/logs.ts'
import type { BudgetFlags, BudgetSetFlags } from './commands/budget.ts'
import type { UsageFlags } from './commands/usage.ts'
import type { WebhookAddFlags } from './commands/webhook.ts'
import type { CliContext } from './context.ts'
import { CliError } from './errors.ts'
import {
  commonAliases,
  type CommonFlags,
  commonFlags,
  type ServerFlags,
  serverFlags,
  text,
  variable,
  wholeNumber,
} from './flags.ts'
import { bytesOf, quotaOf } from './quota-flags.ts'
import type { HostFlags } from './server-host.ts'
import { VERSION } from './version.ts'

const hosting = {
  host: { kind: 'parsed', parse: text, optional: true, brief: 'Listen here (127.0.0.1)', placeholder: 'address' },
  port: { kind: 'parsed', parse: wholeNumber(0, 65_535), optional: true, brief: 'Port (4566; 0: any free one)' },
  data: { kind: 'parsed', parse: text, optional: true, brief: 'Folder for all state', placeholder: 'folder' },
  tls: {
    kind: 'boolean',
    optional: true,
    withNegated: false,
    brief: "HTTPS, with a certificate of the server's own authority (<data>/tls/ca.pem)",
  },
  tlsCert: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'HTTPS with this certificate (PEM)',
    placeholder: 'file',
  },
  tlsKey: { kind: 'parsed', parse: text, optional: true, brief: 'The key of --tls-cert (PEM)', placeholder: 'file' },
} as const

const settings = {
  name: { kind: 'parsed', parse: text, optional: true, brief: 'Name of the function (from the folder)' },
  runtime: { kind: 'parsed', parse: text, optional: true, brief: 'AWS runtime (nodejs24.x, python3.13)' },
  handler: { kind: 'parsed', parse: text, optional: true, brief: 'file.export (handler)' },
  memory: { kind: 'parsed', parse: wholeNumber(128, 10_240), optional: true, brief: 'Memory in MB' },
  timeout: { kind: 'parsed', parse: wholeNumber(1, 900), optional: true, brief: 'Timeout in seconds' },
  env: {
    kind: 'parsed',
    parse: variable,
    optional: true,
    variadic: true,
    brief: 'Variable for the function, may be repeated',
    placeholder: 'NAME=value',
  },
  concurrency: {
    kind: 'parsed',
    parse: wholeNumber(1, 1_600),
    optional: true,
    brief: 'Invocations at once in one instance (1; more for Node.js only)',
  },
  role: { kind: 'parsed', parse: text, optional: true, brief: 'ARN of its execution role' },
  network: { kind: 'parsed', parse: text, optional: true, brief: 'internet, allow-list, direct or none' },
  allow: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'Destination that it may connect to, may be repeated; nothing else then',
    placeholder: 'host[:port]',
  },
} as const

const functionName = { brief: 'Name or ARN', parse: text, placeholder: 'function' } as const

const start = buildCommand<HostFlags, [], CliContext>({
  loader: loaded(async () => (await import('./commands/start.ts')).start),
  parameters: { flags: { ...commonFlags, ...hosting }, aliases: commonAliases },
  docs: {
    brief: 'The server, verifying every signature',
    fullDescription:
      'Starts the server and prints one line with its endpoint. The first start writes a root access key to <data>/credentials. SIGTERM drains and exits 0.',
  },
})

const dev = buildCommand<DevFlags, [path?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/dev.ts')).dev),
  parameters: {
    flags: {
      ...commonFlags,
      ...hosting,
      ...settings,
      enforce: { kind: 'boolean', optional: true, withNegated: false, brief: 'Refuse what policies do not allow' },
    },
    aliases: commonAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Folder or file with a handler', parse: text, placeholder: 'path', optional: true }],
    },
  },
  docs: {
    brief: 'The server for development; with a path, also that function, following your saves',
    fullDescription:
      'Listens on loopback and takes any credentials. With a folder or a file: deploys its handler, prints the URL that invokes it, and after each save runs the new code. A save that does not compile keeps the last good version serving.',
  },
})

const invoke = buildCommand<InvokeFlags, [name: string], CliContext>({
  loader: loaded(async () => (await import('./commands/invoke.ts')).invoke),
  parameters: {
    flags: {
      ...serverFlags,
      payload: { kind: 'parsed', parse: text, optional: true, brief: 'JSON, @file, or - for standard input' },
      async: { kind: 'boolean', optional: true, withNegated: false, brief: 'Queue it and do not wait' },
      tail: { kind: 'boolean', optional: true, brief: 'The end of its log on standard error' },
      qualifier: { kind: 'parsed', parse: text, optional: true, brief: 'Version or alias' },
      allowError: { kind: 'boolean', optional: true, withNegated: false, brief: 'Exit 0 on a function error too' },
    },
    aliases: { ...commonAliases, p: 'payload' },
    positional: { kind: 'tuple', parameters: [functionName] },
  },
  docs: {
    brief: 'Calls a function and prints its result',
    fullDescription:
      'The result goes to standard output, the log tail to standard error. Exits 1 when the function fails.',
    customUsage: [{ input: `hello --payload '{"name":"Ada"}'`, brief: 'With a payload' }],
  },
})

const logs = buildCommand<LogsFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/logs.ts')).logs),
  parameters: {
    flags: {
      ...serverFlags,
      follow: { kind: 'boolean', optional: true, withNegated: false, brief: 'Go on as lines come' },
      since: { kind: 'parsed', parse: text, optional: true, brief: '30s, 10m, 2h, 1d or a date (10m)' },
      filter: { kind: 'parsed', parse: text, optional: true, brief: 'CloudWatch Logs filter pattern' },
      group: { kind: 'parsed', parse: text, optional: true, brief: 'Log group, instead of a function' },
    },
    aliases: { ...commonAliases, f: 'follow' },
    positional: { kind: 'tuple', parameters: [{ ...functionName, optional: true }] },
  },
  docs: {
    brief: 'Prints the log of a function, or of all functions',
    customUsage: [{ input: 'hello --follow', brief: 'As lines come' }],
  },
})

const mappings = buildCommand<ServerFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/mappings.ts')).mappings),
  parameters: {
    flags: serverFlags,
    aliases: commonAliases,
    positional: { kind: 'tuple', parameters: [{ ...functionName, optional: true }] },
  },
  docs: { brief: 'Prints which queues and streams feed functions, with state and last result' },
})

const rules = buildCommand<ServerFlags, [bus?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/rules.ts')).rules),
  parameters: {
    flags: serverFlags,
    aliases: commonAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Name of an event bus', parse: text, placeholder: 'bus', optional: true }],
    },
  },
  docs: { brief: 'Prints which events and times go from event buses to which targets' },
})

const deploy = buildCommand<DeployFlags, [path?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/deploy.ts')).deploy),
  parameters: {
    flags: {
      ...serverFlags,
      ...settings,
      dryRun: { kind: 'boolean', optional: true, withNegated: false, brief: 'Only print what would be done' },
      image: {
        kind: 'parsed',
        parse: text,
        optional: true,
        brief: 'A container image in place of a folder: OCI layout, or tar of `docker save`; needs --name',
        placeholder: 'path',
      },
    },
    aliases: commonAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Folder or file with a handler', parse: text, placeholder: 'path', optional: true }],
    },
  },
  docs: {
    brief: 'Bundles a function, or sends its image, and creates or updates it',
    customUsage: [
      { input: 'examples/photos --memory 512', brief: 'A folder, with more memory' },
      { input: '--image hello.tar --name hello', brief: 'A container image' },
    ],
  },
})

const imageName = { brief: 'repository:tag', parse: text, placeholder: 'name' } as const
const imageFlags = {
  ...serverFlags,
  account: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Of this account (000000000000)',
    placeholder: 'account',
  },
} as const

const image = buildRouteMap({
  routes: {
    push: buildCommand<ImageFlags, [source: string, name: string], CliContext>({
      loader: loaded(async () => (await import('./commands/image.ts')).push),
      parameters: {
        flags: imageFlags,
        aliases: commonAliases,
        positional: {
          kind: 'tuple',
          parameters: [
            { brief: 'OCI layout (folder or tar), or tar of `docker save`', parse: text, placeholder: 'path' },
            imageName,
          ],
        },
      },
      docs: {
        brief: 'Sends a container image and prints its URI, for functions',
        fullDescription:
          'Only what the server does not have is sent. The image is unpacked before the command ends, so what is printed can run.',
        customUsage: [{ input: 'hello.tar team/hello:v1', brief: 'What `docker save -o hello.tar` wrote' }],
      },
    }),
    list: buildCommand<ImageFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/image.ts')).list),
      parameters: { flags: imageFlags, aliases: commonAliases },
      docs: { brief: 'Prints all images' },
    }),
    remove: buildCommand<ImageFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('./commands/image.ts')).remove),
      parameters: {
        flags: imageFlags,
        aliases: commonAliases,
        positional: { kind: 'tuple', parameters: [imageName] },
      },
      docs: { brief: 'Removes an image; functions that were made of it stay' },
    }),
  },
  docs: { brief: 'Container images that functions are made of' },
})

const usage = buildCommand<UsageFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('./commands/usage.ts')).usage),
  parameters: {
    flags: {
      ...serverFlags,
      since: { kind: 'parsed', parse: text, optional: true, brief: '30m, 12h, 7d or a date (today, UTC)' },
      by: { kind: 'parsed', parse: text, optional: true, brief: 'total, day or hour (total)' },
    },
    aliases: commonAliases,
    positional: { kind: 'tuple', parameters: [{ ...functionName, optional: true }] },
  },
  docs: {
    brief: 'What functions used: invocations, GB-seconds, CPU, memory, bytes',
    customUsage: [{ input: 'hello --since 7d --by day', brief: 'Of one function, day by day' }],
  },
})

const per = { kind: 'parsed', parse: text, optional: true, brief: 'day or month, in UTC (month)' } as const
const capped = {
  kind: 'tuple',
  parameters: [{ ...functionName, optional: true, brief: 'Function; without it the whole account' }],
} as const

const budget = buildRouteMap({
  routes: {
    set: buildCommand<BudgetSetFlags, [name?: string], CliContext>({
      loader: loaded(async () => (await import('./commands/budget.ts')).setBudget),
      parameters: {
        flags: {
          ...serverFlags,
          per,
          invocations: { kind: 'parsed', parse: wholeNumber(0, 1e12), optional: true, brief: 'Invocations at most' },
          gbSeconds: { kind: 'parsed', parse: wholeNumber(0, 1e12), optional: true, brief: 'GB-seconds at most' },
        },
        aliases: commonAliases,
        positional: capped,
      },
      docs: {
        brief: 'Makes or replaces a budget; what does not fit into it is throttled',
        customUsage: [{ input: 'hello --invocations 1000 --per day', brief: 'A thousand invocations a day' }],
      },
    }),
    list: buildCommand<ServerFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/budget.ts')).listBudgets),
      parameters: { flags: serverFlags, aliases: commonAliases },
      docs: { brief: 'Prints all budgets and what is used of them' },
    }),
    remove: buildCommand<BudgetFlags, [name?: string], CliContext>({
      loader: loaded(async () => (await import('./commands/budget.ts')).removeBudget),
      parameters: { flags: { ...serverFlags, per }, aliases: commonAliases, positional: capped },
      docs: { brief: 'Removes a budget' },
    }),
  },
  docs: { brief: 'Caps on what functions may use' },
})

const reset = buildCommand<ServerFlags, [], CliContext>({
  loader: loaded(async () => (await import('./commands/reset.ts')).reset),
  parameters: { flags: serverFlags, aliases: commonAliases },
  docs: { brief: 'Empties all state of a server that `mayfly dev` started' },
})

const explain = buildCommand<ServerFlags, [requestId: string], CliContext>({
  loader: loaded(async () => (await import('./commands/explain.ts')).explain),
  parameters: {
    flags: serverFlags,
    aliases: commonAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'From the error of the client', parse: text, placeholder: 'request id' }],
    },
  },
  docs: { brief: 'Why a request was denied, and the one line that would allow it' },
})

const version = buildCommand<CommonFlags, [], CliContext>({
  loader: loaded(async () => (await import('./commands/version.ts')).version),
  parameters: { flags: commonFlags, aliases: commonAliases },
  docs: { brief: 'Versions of Mayfly and of what it runs on' },
})

const doctor = buildCommand<DoctorFlags, [], CliContext>({
  loader: loaded(async () => (await import('./commands/doctor.ts')).doctor),
  parameters: { flags: { ...serverFlags, ...hosting }, aliases: commonAliases },
  docs: { brief: 'Checks this machine, one line each, with what to do' },
})

const webhookName = { brief: 'Its name: the last part of its URL', parse: text, placeholder: 'name' } as const

const webhook = buildRouteMap({
  routes: {
    add: buildCommand<WebhookAddFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('./commands/webhook.ts')).addWebhook),
      parameters: {
        flags: {
          ...serverFlags,
          scheme: { kind: 'parsed', parse: text, brief: 'Who signs: github, stripe or slack' },
          to: {
            kind: 'parsed',
            parse: text,
            brief: 'ARN of the function, queue, topic or event bus',
            placeholder: 'arn',
          },
          secret: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'The signing secret, @file, or - (standard input)',
          },
        },
        aliases: commonAliases,
        positional: { kind: 'tuple', parameters: [webhookName] },
      },
      docs: {
        brief: 'Makes a webhook and prints its URL',
        fullDescription:
          'Stripe and Slack show you a signing secret: give it. For GitHub one is made and printed once, below the URL, unless you give yours.',
        customUsage: [
          { input: 'pushes --scheme github --to arn:aws:sqs:us-east-1:000000000000:pushes', brief: 'Into a queue' },
        ],
      },
    }),
    list: buildCommand<ServerFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/webhook.ts')).listWebhooks),
      parameters: { flags: serverFlags, aliases: commonAliases },
      docs: { brief: 'Prints all webhooks, without their secrets' },
    }),
    remove: buildCommand<ServerFlags, [name: string], CliContext>({
      loader: loaded(async () => (await import('./commands/webhook.ts')).removeWebhook),
      parameters: {
        flags: serverFlags,
        aliases: commonAliases,
        positional: { kind: 'tuple', parameters: [webhookName] },
      },
      docs: { brief: 'Removes a webhook: its sender is refused from now on' },
    }),
  },
  docs: { brief: 'Calls of GitHub, Stripe and Slack as events' },
})

const account = {
  kind: 'parsed',
  parse: text,
  optional: true,
  brief: 'Of this account (000000000000)',
  placeholder: 'account',
} as const

const audit = buildRouteMap({
  routes: {
    list: buildCommand<AuditFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/audit.ts')).audit),
      parameters: {
        flags: {
          ...serverFlags,
          account,
          who: { kind: 'parsed', parse: text, optional: true, brief: 'By this user, role, session, key or ARN' },
          what: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'iam, CreateUser, iam:CreateUser or iam:Create*',
          },
          resource: { kind: 'parsed', parse: text, optional: true, brief: 'On this resource: its ARN or name' },
          denied: { kind: 'boolean', optional: true, withNegated: false, brief: 'Only what was refused' },
          changes: { kind: 'boolean', optional: true, withNegated: false, brief: 'Only what changes something' },
          since: { kind: 'parsed', parse: text, optional: true, brief: '30s, 10m, 2h, 1d or a date' },
          until: { kind: 'parsed', parse: text, optional: true, brief: 'As --since' },
          max: { kind: 'parsed', parse: wholeNumber(1, 100_000), optional: true, brief: 'The newest so many (100)' },
          follow: { kind: 'boolean', optional: true, withNegated: false, brief: 'Go on as calls are made' },
        },
        aliases: { ...commonAliases, f: 'follow' },
      },
      docs: {
        brief: 'Prints who did what, and when',
        customUsage: [
          { input: '--who alice --since 1d', brief: 'All that alice did today' },
          { input: '--denied --follow', brief: 'What is refused, as it happens' },
        ],
      },
    }),
    verify: buildCommand<AuditVerifyFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/audit.ts')).verifyAudit),
      parameters: {
        flags: {
          ...serverFlags,
          account: { ...account, brief: 'Of this account (all)' },
          witness: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'A witness of before, that the chain must hold',
            placeholder: 'sequence:hash',
          },
        },
        aliases: commonAliases,
      },
      docs: {
        brief: 'Whether anybody changed the audit trail',
        fullDescription:
          'Walks the chain of hashes of each account. Prints a witness for each: noted elsewhere and given with --witness later, it also shows whether the whole trail was put back to an earlier moment. Exits 8 at the first broken link.',
      },
    }),
  },
  defaultCommand: 'list',
  docs: { brief: 'Who did what and when, and whether that record holds' },
})

const accountId = { brief: 'Its 12 digits', parse: text, placeholder: 'account' } as const

const accounts = buildRouteMap({
  routes: {
    create: buildCommand<AccountCreateFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/account.ts')).createAccount),
      parameters: {
        flags: { ...serverFlags, name: { kind: 'parsed', parse: text, optional: true, brief: 'What you call it' } },
        aliases: commonAliases,
      },
      docs: {
        brief: 'Makes an account and prints its root key, once',
        fullDescription:
          'The account is a tenant of its own: it sees nothing of others, and others see nothing of it. What is printed is a section for ~/.aws/credentials.',
      },
    }),
    list: buildCommand<ServerFlags, [], CliContext>({
      loader: loaded(async () => (await import('./commands/account.ts')).listAccounts),
      parameters: { flags: serverFlags, aliases: commonAliases },
      docs: { brief: 'Prints all accounts with their quotas' },
    }),
    show: buildCommand<ServerFlags, [id: string], CliContext>({
      loader: loaded(async () => (await import('./commands/account.ts')).showAccount),
      parameters: {
        flags: serverFlags,
        aliases: commonAliases,
        positional: { kind: 'tuple', parameters: [accountId] },
      },
      docs: { brief: 'Prints what an account may use, and what it uses' },
    }),
    quota: buildCommand<AccountQuotaFlags, [id: string], CliContext>({
      loader: loaded(async () => (await import('./commands/account.ts')).setQuota),
      parameters: {
        flags: {
          ...serverFlags,
          functions: { kind: 'parsed', parse: quotaOf, optional: true, brief: 'Functions, or none' },
          concurrency: { kind: 'parsed', parse: quotaOf, optional: true, brief: 'Instances at once, or none' },
          storage: { kind: 'parsed', parse: bytesOf, optional: true, brief: 'Bytes, 500MB, 10GiB, or none' },
          rps: { kind: 'parsed', parse: quotaOf, optional: true, brief: 'Requests per second, or none' },
        },
        aliases: commonAliases,
        positional: { kind: 'tuple', parameters: [accountId] },
      },
      docs: {
        brief: 'Changes what an account may use; what is not named stays',
        customUsage: [{ input: '123456789012 --functions 20 --storage 5GB --rps 100', brief: 'Three quotas' }],
      },
    }),
  },
  docs: { brief: 'Accounts of this server, and what they may use' },
})

/** A command as stricli wants it, which gives the context as `this`. Loaded when it is called. */
function loaded<FLAGS, ARGS extends readonly unknown[]>(
  load: () => Promise<(context: CliContext, flags: FLAGS, ...args: ARGS) => void | Promise<void>>,
) {
  return async () => {
    const run = await load()
    return function withContext(this: CliContext, flags: FLAGS, ...args: ARGS): void | Promise<void> {
      return run(this, flags, ...args)
    }
  }
}

/** The application. `fail` is given every error; nothing is printed by stricli itself except help. */
export function buildMayfly(fail: (error: unknown) => void): Application<CliContext> {
  const root = buildRouteMap({
    routes: {
      start,
      dev,
      deploy,
      image,
      invoke,
      logs,
      mappings,
      rules,
      usage,
      budget,
      webhook,
      audit,
      account: accounts,
      explain,
      reset,
      doctor,
      version,
    },
    docs: {
      brief: 'A serverless cloud that you own',
      fullDescription: 'Begin with: mayfly dev <folder>. Errors and exit codes are explained in docs/cli.md.',
    },
  })
  return buildApplication<CliContext>(root, {
    name: 'mayfly',
    versionInfo: { currentVersion: VERSION },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: true, onlyRequiredInUsageLine: true },
    localization: { text: collecting(fail) },
  })
}

/** stricli's texts, with every error handed to `fail`. */
function collecting(fail: (error: unknown) => void): ApplicationText {
  const caught = (error: unknown): string => {
    fail(error)
    return ''
  }
  return {
    ...text_en,
    noCommandRegisteredForInput: ({ input, corrections }) => caught(unknownCommand(input, corrections)),
    exceptionWhileParsingArguments: (error) => caught(usageError(error)),
    exceptionWhileLoadingCommandFunction: caught,
    exceptionWhileLoadingCommandContext: caught,
    exceptionWhileRunningCommand: caught,
    commandErrorResult: caught,
  }
}

function unknownCommand(input: string, corrections: readonly string[]): CliError {
  return new CliError('MF1001', `there is no command "${input}"`, {
    mend: `${didYouMean(corrections)}\`mayfly --help\` lists them all.`,
  })
}

function usageError(error: unknown): CliError {
  if (error instanceof ArgumentParseError && error.exception instanceof CliError)
    return new CliError(error.exception.code, `${error.externalFlagNameOrPlaceholder}: ${error.exception.message}`, {
      ...error.exception.details,
    })
  if (error instanceof FlagNotFoundError)
    return new CliError('MF1002', `there is no flag --${error.input}`, {
      mend: `${didYouMean(error.corrections.map((one) => `--${one}`))}\`mayfly <command> --help\` lists them.`,
    })
  const message =
    error instanceof ArgumentScannerError ? formatMessageForArgumentScannerError(error, {}) : String(error)
  return new CliError('MF1002', message, { mend: '`mayfly <command> --help` shows what it takes.' })
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0 ? '' : `Did you mean ${corrections.join(' or ')}? `
}
