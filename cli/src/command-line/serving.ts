// Commands that are a server, and those about one and the machine that it runs on.
import { buildCommand } from '@stricli/core'
import type { DevFlags } from '../commands/dev.ts'
import type { DoctorFlags } from '../commands/doctor.ts'
import type { CliContext } from '../context.ts'
import {
  commonAliases,
  type CommonFlags,
  commonFlags,
  optional,
  type ServerFlags,
  serverFlags,
  text,
  toggle,
  wholeNumber,
} from '../flags.ts'
import type { HostFlags } from '../server-host.ts'
import { loaded, takes, toServer } from './command.ts'
import { handlerPath, settings } from './function-flags.ts'

const hosting = {
  host: optional(text, 'Listen here (127.0.0.1)', 'address'),
  port: optional(wholeNumber(0, 65_535), 'Port (4566; 0: any free one)'),
  data: optional(text, 'Folder for all state', 'folder'),
  tls: toggle("HTTPS, with a certificate of the server's own authority (<data>/tls/ca.pem)"),
  tlsCert: optional(text, 'HTTPS with this certificate (PEM)', 'file'),
  tlsKey: optional(text, 'The key of --tls-cert (PEM)', 'file'),
} as const

export const start = buildCommand<HostFlags, [], CliContext>({
  loader: loaded(async () => (await import('../commands/start.ts')).start),
  parameters: { flags: { ...commonFlags, ...hosting }, aliases: commonAliases },
  docs: {
    brief: 'The server, verifying every signature',
    fullDescription:
      'Starts the server and prints one line with its endpoint. The first start writes a root access key to <data>/credentials. SIGTERM drains and exits 0.',
  },
})

export const dev = buildCommand<DevFlags, [path?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/dev.ts')).dev),
  parameters: {
    flags: {
      ...commonFlags,
      ...hosting,
      ...settings,
      enforce: toggle('Refuse what policies do not allow'),
    },
    aliases: commonAliases,
    positional: takes(handlerPath),
  },
  docs: {
    brief: 'The server for development; with a path, also that function, following your saves',
    fullDescription:
      'Listens on loopback and takes any credentials. With a folder or a file: deploys its handler, prints the URL that invokes it, and after each save runs the new code. A save that does not compile keeps the last good version serving.',
  },
})

export const reset = buildCommand<ServerFlags, [], CliContext>({
  loader: loaded(async () => (await import('../commands/reset.ts')).reset),
  parameters: toServer,
  docs: { brief: 'Empties all state of a server that `mayfly dev` started' },
})

export const doctor = buildCommand<DoctorFlags, [], CliContext>({
  loader: loaded(async () => (await import('../commands/doctor.ts')).doctor),
  parameters: { flags: { ...serverFlags, ...hosting }, aliases: commonAliases },
  docs: { brief: 'Checks this machine, one line each, with what to do' },
})

export const version = buildCommand<CommonFlags, [], CliContext>({
  loader: loaded(async () => (await import('../commands/version.ts')).version),
  parameters: { flags: commonFlags, aliases: commonAliases },
  docs: { brief: 'Versions of Mayfly and of what it runs on' },
})
