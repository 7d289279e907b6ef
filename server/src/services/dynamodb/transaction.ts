// Several changes of several items that happen all or not at all: TransactWriteItems, and the writes of ExecuteTransaction.
//
// One commit of the Store holds everything: the checks of all items and tables, their writes, and the request's token. So
// isolation needs nothing of its own. Writers of this process take turns by item; a race that is lost to another process
// begins anew. A cancellation that rests on several items is told only if they were as read at one moment.
import { AwsError } from '#protocol/errors.ts'
import { nameOfKey } from '#storage/key.ts'
import { StoreLimitError, type Key } from '#storage/store.ts'
import type { TablePlace } from './arn.ts'
import { readUnits, Usage } from './capacity.ts'
import type { DynamoDeps } from './deps.ts'
import { invalid } from './errors.ts'
import { itemKey } from './item-keys.ts'
import { joinPlans, planWrite, requireTable, type Decision, type ItemVersion, type WritePlan } from './item-write.ts'
import type { Item } from './language/attribute-value.ts'
import { RACE_PAUSE_MS_MAX, WRITE_ATTEMPTS_MAX } from './limits.ts'
import { StoredItem } from './stored-item.ts'
import type { TableRecord } from './table-record.ts'
import type { Table } from './tables.ts'
import { TRANSACTION_BYTES_MAX } from './transaction-limits.ts'
import { readToken, type RequestToken } from './transaction-tokens.ts'

/** One item of a transaction. */
export interface TransactionAction {
  readonly place: TablePlace
  /** The item's key. Throws ValidationException where the request does not fit the schema. */
  key(record: TableRecord): Item
  /** What becomes of the item. May run several times; an AwsError that it throws cancels the transaction. */
  decide(before: StoredItem | undefined, table: Table): Decision
}

/** An item with the table that it is of. */
export interface TransactedItem {
  readonly record: TableRecord
  readonly key: Item
  readonly usage: Usage
}

/** `repeated`: a request with the same token did it before. */
export interface TransactionResult {
  readonly kind: 'written' | 'repeated'
  readonly items: readonly TransactedItem[]
}

/** Throws TransactionCanceledException, and whatever refuses the request as a whole. */
export async function runTransaction(
  deps: DynamoDeps,
  actions: readonly TransactionAction[],
  token?: RequestToken,
): Promise<TransactionResult> {
  const first = await locate(deps, actions)
  for (const record of recordsOf(first)) deps.throughput.admit(record, 'write')
  const names = [...first.map(({ name }) => name), ...(token === undefined ? [] : [`token ${token.token}`])]
  return deps.turns.runAll(names, async () => {
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
      const located = attempt === 1 ? first : await locate(deps, actions)
      const result = await attemptOnce(deps, located, token)
      if (result !== 'lost') return result
      deps.tables.forget()
      await deps.clock.sleep(deps.random() * Math.min(RACE_PAUSE_MS_MAX, 2 ** attempt))
    }
    throw cancelled(first.map(() => conflictReason))
  })
}

/** An action whose place in the Store is known. */
interface Located {
  readonly action: TransactionAction
  readonly table: Table
  readonly key: Item
  readonly storeKey: Key
  readonly name: string
}

async function locate(deps: DynamoDeps, actions: readonly TransactionAction[]): Promise<readonly Located[]> {
  const tables: Table[] = []
  for (const { place } of actions) tables.push(await requireTable(deps, place))
  const located = collect(actions, (action, index): Located => {
    const table = tables[index]
    if (table === undefined) throw new TypeError('an action without its table')
    const key = action.key(table.record)
    const storeKey = itemKey(table.record, key)
    return { action, table, key, storeKey, name: nameOfKey(storeKey) }
  })
  refuseTwice(located.map(({ name }) => name))
  return located
}

/** An item may take part once. Throws ValidationException. */
export function refuseTwice(names: readonly string[]): void {
  if (new Set(names).size < names.length)
    throw invalid('Transaction request cannot include multiple operations on one item')
}

async function attemptOnce(
  deps: DynamoDeps,
  located: readonly Located[],
  token: RequestToken | undefined,
): Promise<TransactionResult | 'lost'> {
  const nowMs = deps.clock.nowMs()
  const tokenState = token && (await readToken(deps.store, token, nowMs))
  const versions = await readVersions(
    deps,
    located.map(({ storeKey }) => storeKey),
  )
  if (tokenState?.kind === 'done') return { kind: 'repeated', items: repeatedItems(located, versions) }
  const plans = await planAll(deps, located, versions, nowMs)
  if (plans === 'lost') return 'lost'
  const commit = joinPlans(plans)
  const parts = tokenState?.parts ?? { checks: [], sets: [] }
  const markers = recordsOf(located).flatMap((record) => deps.sizes.marker(record) ?? [])
  const committed = await commitAll(deps, {
    ...commit,
    checks: [...uniqueChecks(commit.checks), ...parts.checks],
    sets: [...commit.sets, ...markers, ...parts.sets],
  })
  if (!committed) return 'lost'
  return { kind: 'written', items: settle(deps, located, plans) }
}

async function readVersions(
  { store }: Pick<DynamoDeps, 'store'>,
  keys: readonly Key[],
): Promise<readonly ItemVersion[]> {
  const entries = await store.getMany(keys)
  return entries.map((entry) =>
    entry === undefined
      ? { stored: undefined, version: null }
      : { stored: new StoredItem(entry.value), version: entry.version },
  )
}

async function planAll(
  deps: DynamoDeps,
  located: readonly Located[],
  versions: readonly ItemVersion[],
  nowMs: number,
): Promise<readonly WritePlan[] | 'lost'> {
  try {
    const plans = collect(located, ({ action, table, storeKey }, index): WritePlan => {
      const before = versions[index] ?? { stored: undefined, version: null }
      return planWrite({ table, key: storeKey, before, decision: action.decide(before.stored, table), nowMs })
    })
    const bytes = plans.reduce((sum, { after, before }) => sum + ((after ?? before)?.sizeBytes ?? 0), 0)
    if (bytes > TRANSACTION_BYTES_MAX) throw invalid('Collection size of the items in the transaction exceeds 4 MB')
    return plans
  } catch (error) {
    if (!isCancellation(error) || (await wereAtOnce(deps, located, versions))) throw error
    return 'lost'
  }
}

/** Whether all items still are as they were read: then they were so at one moment. */
async function wereAtOnce(
  { store }: DynamoDeps,
  located: readonly Located[],
  versions: readonly ItemVersion[],
): Promise<boolean> {
  if (located.length === 1) return true
  const checks = located.map(({ storeKey }, index) => ({ key: storeKey, version: versions[index]?.version ?? null }))
  return (await store.commit({ checks })).kind === 'committed'
}

/** Every plan checks the record of its table. */
function uniqueChecks(checks: Required<Parameters<DynamoDeps['store']['commit']>[0]>['checks']): typeof checks {
  return [...new Map(checks.map((check) => [nameOfKey(check.key), check])).values()]
}

async function commitAll({ store }: DynamoDeps, commit: ReturnType<typeof joinPlans>): Promise<boolean> {
  try {
    return (await store.commit(commit)).kind === 'committed'
  } catch (error) {
    if (!(error instanceof StoreLimitError)) throw error
    throw invalid(
      'The items of the transaction and their index entries are more than one commit of this server may hold',
      {
        cause: error,
      },
    )
  }
}

function settle(deps: DynamoDeps, located: readonly Located[], plans: readonly WritePlan[]): readonly TransactedItem[] {
  return located.map(({ table: { record }, key }, index) => {
    const usage = new Usage('write')
    const plan = plans[index]
    if (plan !== undefined) {
      // Prepared, then committed: transactions cost double.
      usage.add(plan.usage)
      usage.add(plan.usage)
      deps.sizes.add(record, plan.sizes)
      deps.throughput.spend(record, usage)
    }
    return { record, key, usage }
  })
}

function repeatedItems(located: readonly Located[], versions: readonly ItemVersion[]): readonly TransactedItem[] {
  return located.map(({ table: { record }, key }, index) => {
    const usage = new Usage('read')
    usage.addTable(readUnits(versions[index]?.stored?.sizeBytes ?? 0, 'transaction'))
    return { record, key, usage }
  })
}

function recordsOf(located: readonly { readonly table: Table }[]): readonly TableRecord[] {
  return [...new Map(located.map(({ table }) => [table.record.space, table.record])).values()]
}

interface Reason {
  readonly Code: string
  readonly Message?: string
  readonly Item?: unknown
}

const conflictReason: Reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }

/** What each code of an error is called among the reasons. */
const REASON_CODES: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
  DuplicateItemException: 'DuplicateItem',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ThrottlingException: 'ThrottlingError',
  TransactionConflictException: 'TransactionConflict',
}

/**
 * The results of all; when some throw an AwsError, the cancellation that tells of each. Throws TransactionCanceledException,
 * and everything else that is thrown.
 */
export function collect<T, R>(items: readonly T[], make: (item: T, index: number) => R): readonly R[] {
  const results: R[] = []
  const reasons: Reason[] = []
  let hasFailed = false
  for (const [index, item] of items.entries())
    try {
      results.push(make(item, index))
      reasons.push({ Code: 'None' })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      reasons.push(reasonOf(error))
      hasFailed = true
    }
  if (hasFailed) throw cancelled(reasons)
  return results
}

/** Empty keys are refused before anything is tried, as are errors that no reason tells of. */
function reasonOf(error: AwsError): Reason {
  const Code = REASON_CODES[error.code]
  if (Code === undefined || error.message.includes('for a key attribute cannot contain an empty')) throw error
  const item = error.fields['Item']
  return { Code, Message: error.message, ...(item !== undefined && { Item: item }) }
}

/** The transaction was not done. */
export function cancelled(reasons: readonly Reason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return new AwsError(
    'TransactionCanceledException',
    400,
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { fields: { CancellationReasons: reasons } },
  )
}

/** Others were faster, again and again. */
export function conflicted(count: number): AwsError {
  return cancelled(Array.from({ length: count }, () => conflictReason))
}

function isCancellation(error: unknown): boolean {
  return error instanceof AwsError && error.code === 'TransactionCanceledException'
}
