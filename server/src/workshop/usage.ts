// What functions use, and the caps on it, for whoever runs the server.
import { type InternalAnswer, type InternalRequest, type InternalRoute, json } from '#gateway/internal-routes.ts'
import type { Budget, BudgetPeriod, BudgetState } from '#telemetry/usage/budgets.ts'
import { MB_MS_PER_GB_SECOND } from '#telemetry/usage/usage-record.ts'
import type { UsageLine } from '#telemetry/usage/usage-report.ts'
import type { Part, Surroundings } from './part.ts'

const BUDGETS = '/_mayfly/budgets'
const BUDGET_BYTES_MAX = 8 * 1024
const DAY_MS = 24 * 3_600_000
const ACCOUNT = /^\d{12}$/
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/
const NAME = /^[\w-]{1,64}$/

export function usagePart(around: Surroundings): Part {
  const routes: readonly InternalRoute[] = [
    { method: 'GET', path: '/_mayfly/usage', guard: 'local', handle: (request) => usage(around, request.params) },
    { method: 'GET', path: BUDGETS, guard: 'local', handle: async () => list(around) },
    { method: 'PUT', path: BUDGETS, guard: 'local', handle: (request) => set(around, request) },
    { method: 'DELETE', path: BUDGETS, guard: 'local', handle: (request) => remove(around, request.params) },
  ]
  return {
    services: {},
    routes,
    async start() {
      // What a former life used and did not add is added now, whether or not anybody invokes anything.
      const ledger = await around.usage()
      around.closing.throwIfAborted()
      await ledger.settle()
    },
    forget: () => void around.usage().then((ledger) => ledger.forget()),
  }
}

/** `from` and `until`: ISO times; by default today, UTC, and now. */
async function usage(around: Surroundings, params: URLSearchParams): Promise<InternalAnswer> {
  const nowMs = around.clock.nowMs()
  const fromMs = timeIn(params, 'from', nowMs - (nowMs % DAY_MS))
  const untilMs = timeIn(params, 'until', nowMs)
  const by = params.get('by') ?? 'total'
  const account = params.get('account') ?? '000000000000'
  if (fromMs === undefined || untilMs === undefined || untilMs - fromMs > 400 * DAY_MS)
    return json(400, { error: 'from and until are ISO times, at most 400 days apart.' })
  if (by !== 'total' && by !== 'day' && by !== 'hour') return json(400, { error: 'by is total, day or hour.' })
  if (!ACCOUNT.test(account)) return json(400, { error: 'account has twelve digits.' })
  const [region, name] = [params.get('region'), params.get('function')]
  const [ledger, { reportUsage }] = await Promise.all([around.usage(), import('#telemetry/usage/usage-report.ts')])
  await ledger.settle()
  const found = await reportUsage(around.store, {
    account,
    fromMs,
    untilMs,
    by,
    ...(region !== null && { region }),
    ...(name !== null && { function: name }),
  })
  return json(200, {
    schemaVersion: 1,
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    by,
    complete: !found.cut,
    usage: found.lines.map(viewLine),
  })
}

function timeIn(params: URLSearchParams, name: string, otherwise: number): number | undefined {
  const text = params.get(name)
  if (text === null) return otherwise
  const ms = Date.parse(text)
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

function viewLine({ account, region, function: name, fromMs, usage: used }: UsageLine): object {
  const { billedMbMs, initUs, cpuUs, waitedUs, ...rest } = used
  return {
    account,
    region,
    function: name,
    from: new Date(fromMs).toISOString(),
    ...rest,
    gbSeconds: billedMbMs / MB_MS_PER_GB_SECOND,
    initMs: initUs / 1000,
    cpuMs: cpuUs / 1000,
    waitedMs: waitedUs / 1000,
  }
}

async function list(around: Surroundings): Promise<InternalAnswer> {
  const { budgets } = await around.usage()
  return json(200, { schemaVersion: 1, budgets: budgets.list().map(viewBudget) })
}

async function set(around: Surroundings, request: InternalRequest): Promise<InternalAnswer> {
  const budget = await budgetIn(request)
  if (typeof budget === 'string') return json(400, { error: budget })
  const outcome = await (await around.usage()).budgets.set(budget)
  if (typeof outcome === 'string') return json(400, { error: outcome })
  return json(200, { schemaVersion: 1, budget: viewBudget(outcome) })
}

async function remove(around: Surroundings, params: URLSearchParams): Promise<InternalAnswer> {
  const place = placeIn({
    account: params.get('account') ?? undefined,
    region: params.get('region') ?? undefined,
    function: params.get('function') ?? undefined,
    period: params.get('period') ?? undefined,
  })
  if (typeof place === 'string') return json(400, { error: place })
  const removed = await (await around.usage()).budgets.remove(place)
  return removed ? json(200, { schemaVersion: 1, status: 'removed' }) : json(404, { error: 'There is no such budget.' })
}

function viewBudget({ untilMs, ...budget }: BudgetState): object {
  return { ...budget, renews: new Date(untilMs).toISOString() }
}

/** A text says what is wrong. */
async function budgetIn(request: InternalRequest): Promise<Budget | string> {
  const body = await request.readBody(BUDGET_BYTES_MAX)
  let given: unknown
  try {
    given = JSON.parse(body.toString('utf8'))
  } catch {
    return 'Give JSON with account, period and invocationsMax or gbSecondsMax.'
  }
  if (typeof given !== 'object' || given === null) return 'Give a JSON object.'
  // Each field is checked below.
  const fields = given as Readonly<Record<string, unknown>>
  const place = placeIn(fields)
  if (typeof place === 'string') return place
  const { invocationsMax, gbSecondsMax } = fields
  if (invocationsMax === undefined && gbSecondsMax === undefined) return 'Give invocationsMax, gbSecondsMax, or both.'
  for (const cap of [invocationsMax, gbSecondsMax])
    if (cap !== undefined && (typeof cap !== 'number' || !Number.isFinite(cap) || cap < 0))
      return 'A cap is a number from 0 on.'
  return {
    ...place,
    ...(typeof invocationsMax === 'number' && { invocationsMax: Math.floor(invocationsMax) }),
    ...(typeof gbSecondsMax === 'number' && { gbSecondsMax }),
  }
}

function placeIn(fields: Readonly<Record<string, unknown>>): Omit<Budget, 'invocationsMax' | 'gbSecondsMax'> | string {
  const { account = '000000000000', region, function: name, period = 'month' } = fields
  if (typeof account !== 'string' || !ACCOUNT.test(account)) return 'account has twelve digits.'
  if (period !== 'day' && period !== 'month') return 'period is day or month.'
  const known: BudgetPeriod = period
  if (name === undefined) return { account, period: known }
  if (typeof name !== 'string' || !NAME.test(name)) return 'function is the name of a function.'
  if (typeof region !== 'string' || !REGION.test(region)) return 'The budget of a function needs its region.'
  return { account, region, function: name, period: known }
}
