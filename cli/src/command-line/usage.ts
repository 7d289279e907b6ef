// Commands about what functions use, and the caps on it.
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { BudgetFlags, BudgetSetFlags } from '../commands/budget.ts'
import type { UsageFlags } from '../commands/usage.ts'
import type { CliContext } from '../context.ts'
import { commonAliases, optional, type ServerFlags, serverFlags, text, wholeNumber } from '../flags.ts'
import { loaded, takes, toServer } from './command.ts'
import { functionName } from './function-flags.ts'

export const usage = buildCommand<UsageFlags, [name?: string], CliContext>({
  loader: loaded(async () => (await import('../commands/usage.ts')).usage),
  parameters: {
    flags: {
      ...serverFlags,
      since: optional(text, '30m, 12h, 7d or a date (today, UTC)'),
      by: optional(text, 'total, day or hour (total)'),
    },
    aliases: commonAliases,
    positional: takes({ ...functionName, optional: true }),
  },
  docs: {
    brief: 'What functions used: invocations, GB-seconds, CPU, memory, bytes',
    customUsage: [{ input: 'hello --since 7d --by day', brief: 'Of one function, day by day' }],
  },
})

const per = optional(text, 'day or month, in UTC (month)')

const capped = takes({ ...functionName, optional: true, brief: 'Function; without it the whole account' })

export const budget = buildRouteMap({
  routes: {
    set: buildCommand<BudgetSetFlags, [name?: string], CliContext>({
      loader: loaded(async () => (await import('../commands/budget.ts')).setBudget),
      parameters: {
        flags: {
          ...serverFlags,
          per,
          invocations: optional(wholeNumber(0, 1e12), 'Invocations at most'),
          gbSeconds: optional(wholeNumber(0, 1e12), 'GB-seconds at most'),
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
      loader: loaded(async () => (await import('../commands/budget.ts')).listBudgets),
      parameters: toServer,
      docs: { brief: 'Prints all budgets and what is used of them' },
    }),
    remove: buildCommand<BudgetFlags, [name?: string], CliContext>({
      loader: loaded(async () => (await import('../commands/budget.ts')).removeBudget),
      parameters: { flags: { ...serverFlags, per }, aliases: commonAliases, positional: capped },
      docs: { brief: 'Removes a budget' },
    }),
  },
  docs: { brief: 'Caps on what functions may use' },
})
