// Commands about accounts and their quotas.
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { AccountCreateFlags, AccountQuotaFlags } from '../commands/account.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, optional, type ServerFlags, serverFlags, text } from '../flags.ts'
import { bytesOf, quotaOf } from '../quota-flags.ts'
import { loaded, takes, toServer } from './command.ts'

const accountId = { brief: 'Its 12 digits', parse: text, placeholder: 'account' } as const

export const accounts = buildRouteMap({
  routes: {
    create: buildCommand<AccountCreateFlags, [], CliContext>({
      loader: loaded(async () => (await import('../commands/account.ts')).createAccount),
      parameters: {
        flags: { ...serverFlags, name: optional(text, 'What you call it') },
        aliases: commonAliases,
      },
      docs: {
        brief: 'Makes an account and prints its root key, once',
        fullDescription:
          'The account is a tenant of its own: it sees nothing of others, and others see nothing of it. What is printed is a section for ~/.aws/credentials.',
      },
    }),
    list: buildCommand<ServerFlags, [], CliContext>({
      loader: loaded(async () => (await import('../commands/account.ts')).listAccounts),
      parameters: toServer,
      docs: { brief: 'Prints all accounts with their quotas' },
    }),
    show: buildCommand<ServerFlags, [id: string], CliContext>({
      loader: loaded(async () => (await import('../commands/account.ts')).showAccount),
      parameters: {
        ...toServer,
        positional: takes(accountId),
      },
      docs: { brief: 'Prints what an account may use, and what it uses' },
    }),
    quota: buildCommand<AccountQuotaFlags, [id: string], CliContext>({
      loader: loaded(async () => (await import('../commands/account.ts')).setQuota),
      parameters: {
        flags: {
          ...serverFlags,
          functions: optional(quotaOf, 'Functions, or none'),
          concurrency: optional(quotaOf, 'Instances at once, or none'),
          storage: optional(bytesOf, 'Bytes, 500MB, 10GiB, or none'),
          rps: optional(quotaOf, 'Requests per second, or none'),
        },
        aliases: commonAliases,
        positional: takes(accountId),
      },
      docs: {
        brief: 'Changes what an account may use; what is not named stays',
        customUsage: [{ input: '123456789012 --functions 20 --storage 5GB --rps 100', brief: 'Three quotas' }],
      },
    }),
  },
  docs: { brief: 'Accounts of this server, and what they may use' },
})
