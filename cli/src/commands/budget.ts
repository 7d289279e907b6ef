// `mayfly budget set|list|remove`: caps on what a function, or all functions of the account, may use in a day or a month.
import { AwsClient } from '../aws/client.ts'
import { accountOf } from '../aws/credentials.ts'
import { clientSettings } from '../config.ts'
import { begin, type CliContext } from '../context.ts'
import { askServer } from '../control-routes.ts'
import { CliError } from '../errors.ts'
import type { ServerFlags } from '../flags.ts'
import { table } from '../terminal/table.ts'

const ROOT = '/_mayfly/budgets'
const MEND = 'Budgets are managed from the machine that the server runs on; `mayfly budget list` shows them.'

export interface BudgetFlags extends ServerFlags {
  readonly per?: string | undefined
}

export interface BudgetSetFlags extends BudgetFlags {
  readonly invocations?: number | undefined
  readonly gbSeconds?: number | undefined
}

/** As the server shows it. */
interface Budget {
  readonly account: string
  readonly region?: string
  readonly function?: string
  readonly period: string
  readonly invocationsMax?: number
  readonly gbSecondsMax?: number
  readonly used: { readonly invocations: number; readonly gbSeconds: number }
  readonly renews: string
}

/** Without a name: of the whole account. */
export async function setBudget(context: CliContext, flags: BudgetSetFlags, name?: string): Promise<void> {
  const output = begin(context, flags)
  const { invocations, gbSeconds } = flags
  if (invocations === undefined && gbSeconds === undefined)
    throw new CliError('MF1002', 'a budget caps something', { mend: 'Give --invocations, --gb-seconds, or both.' })
  const body = JSON.stringify({
    ...placeOf(context, flags, name),
    ...(invocations !== undefined && { invocationsMax: invocations }),
    ...(gbSeconds !== undefined && { gbSecondsMax: gbSeconds }),
  })
  const answer = await askServer(context, flags, { method: 'PUT', path: ROOT, body }, MEND)
  // The server's answer to this request, schema version 1.
  const { budget } = answer as { readonly budget: Budget }
  output.result({ budget }, shown([budget]))
}

export async function listBudgets(context: CliContext, flags: ServerFlags): Promise<void> {
  const output = begin(context, flags)
  // The server's answer to this request, schema version 1.
  const { budgets } = (await askServer(context, flags, { method: 'GET', path: ROOT }, MEND)) as {
    readonly budgets: readonly Budget[]
  }
  output.result({ budgets }, shown(budgets))
  if (budgets.length === 0)
    output.note('there are no budgets: mayfly budget set <function> --invocations 1000 --per day')
}

export async function removeBudget(context: CliContext, flags: BudgetFlags, name?: string): Promise<void> {
  const output = begin(context, flags)
  const query = new URLSearchParams(placeOf(context, flags, name))
  await askServer(context, flags, { method: 'DELETE', path: `${ROOT}?${query.toString()}`, about: 'the budget' }, MEND)
  output.result({ removed: name ?? 'account' }, '')
  output.note(`${name ?? 'the account'} has no budget for a ${flags.per ?? 'month'} any more`)
}

function placeOf(context: CliContext, flags: BudgetFlags, name: string | undefined): Record<string, string> {
  const account = accountOf(new AwsClient(flags, context.env).credentials)
  const period = flags.per ?? 'month'
  if (name === undefined) return { account, period }
  return { account, region: clientSettings(flags, context.env).region, function: name, period }
}

function shown(budgets: readonly Budget[]): string {
  return table(
    ['BUDGET', 'PER', 'INVOCATIONS', 'GB-SECONDS', 'RENEWS'],
    budgets.map((budget) => cells(budget)),
  )
}

function cells(budget: Budget): readonly string[] {
  const { used, invocationsMax, gbSecondsMax } = budget
  return [
    budget.function === undefined ? `account ${budget.account}` : `${budget.function} (${budget.region})`,
    budget.period,
    `${used.invocations}/${invocationsMax ?? '-'}`,
    `${used.gbSeconds.toFixed(3)}/${gbSecondsMax ?? '-'}`,
    budget.renews.slice(0, 10),
  ]
}
