// Commands about the audit trail, and why requests were denied.
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { AuditFlags, AuditVerifyFlags } from '../commands/audit.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, optional, type ServerFlags, serverFlags, text, toggle, wholeNumber } from '../flags.ts'
import { account, loaded, takes, toServer } from './command.ts'

export const audit = buildRouteMap({
  routes: {
    list: buildCommand<AuditFlags, [], CliContext>({
      loader: loaded(async () => (await import('../commands/audit.ts')).audit),
      parameters: {
        flags: {
          ...serverFlags,
          account,
          who: optional(text, 'By this user, role, session, key or ARN'),
          what: optional(text, 'iam, CreateUser, iam:CreateUser or iam:Create*'),
          resource: optional(text, 'On this resource: its ARN or name'),
          denied: toggle('Only what was refused'),
          changes: toggle('Only what changes something'),
          since: optional(text, '30s, 10m, 2h, 1d or a date'),
          until: optional(text, 'As --since'),
          max: optional(wholeNumber(1, 100_000), 'The newest so many (100)'),
          follow: toggle('Go on as calls are made'),
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
      loader: loaded(async () => (await import('../commands/audit.ts')).verifyAudit),
      parameters: {
        flags: {
          ...serverFlags,
          account: { ...account, brief: 'Of this account (all)' },
          witness: optional(text, 'A witness of before, that the chain must hold', 'sequence:hash'),
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

export const explain = buildCommand<ServerFlags, [requestId: string], CliContext>({
  loader: loaded(async () => (await import('../commands/explain.ts')).explain),
  parameters: {
    ...toServer,
    positional: takes({ brief: 'From the error of the client', parse: text, placeholder: 'request id' }),
  },
  docs: { brief: 'Why a request was denied, and the one line that would allow it' },
})
