// Applies a batch of commits in one transaction and two round trips:
//
//   1  BEGIN; lock the collections, every log and then every key of the batch, in order; read what the checks need
//   2  lock the log entries to be added; take a block of versions; write what the checks allow; COMMIT
//
// Every key is locked, present or absent, before the versions are taken: so the order of the versions is an order in which
// all commits of all nodes could have run one by one. A range has keys that nobody knows yet: so whoever writes shares a
// lock of the collection (the first element of the key), and whoever checks a range of it has that lock alone. The order of
// locking is the same everywhere, so batches do not wait for each other in a circle; except when somebody writes below a
// log by hand, which the database notices and ends.
import type { ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg'
import { InvariantError } from '#base/errors.ts'
import type { CommitOutcome } from '../store.ts'
import { BatchPlan } from './batch-plan.ts'
import { namedKey, type NamedKey, type PreparedCommit } from './prepared-commit.ts'
import { statements } from './schema.ts'
import { byteaArray, bytesIn, int8Array, numberIn } from './values.ts'

export interface BatchResult {
  readonly outcomes: readonly CommitOutcome[]
  /** Every key written. */
  readonly touched: readonly Uint8Array[]
}

/**
 * Runs the batch on a connection in pipeline mode. When it throws, the transaction may still be open and the connection
 * must go; nothing was written, unless the connection broke during COMMIT.
 */
export async function applyBatch(client: ClientBase, commits: readonly PreparedCommit[]): Promise<BatchResult> {
  const plan = new BatchPlan(commits)
  const [, , , , versions, counters, ...ranges] = await allOrFirstError([
    client.query('BEGIN'),
    client.query(statements.lockCollections([int8Array(plan.collections)])),
    unlessEmpty(client, plan.logs, statements.lockLogs),
    unlessEmpty(client, plan.keys, statements.lockKeys),
    unlessEmpty(client, plan.checked, statements.versions),
    unlessEmpty(client, plan.logs, statements.counters),
    ...plan.ranges.map(({ start, end, versions: held }) => client.query(statements.range([start, end, held.size + 1]))),
  ])
  plan.run({ versions: numbersByKey(versions), counters: numbersByKey(counters), ranges: ranges.map(numbersByKey) })
  const [, block, ...done] = await allOrFirstError([
    unlessEmpty(client, plan.entries, statements.lockKeys),
    client.query(statements.nextVersions([])),
    ...plan.writes().map((write) => client.query(write)),
    client.query('COMMIT'),
  ])
  // COMMIT of a transaction that failed is answered with ROLLBACK and no error.
  if (done.at(-1)?.command !== 'COMMIT') throw new InvariantError('the database rolled the batch back')
  return { outcomes: plan.outcomes(numberIn(block?.rows[0]?.[0])), touched: plan.touched }
}

/**
 * The results of queries that were sent together. When some fail the first failure is thrown: the others only say that
 * the transaction was over.
 */
async function allOrFirstError(
  queries: readonly Promise<QueryArrayResult | undefined>[],
): Promise<(QueryArrayResult | undefined)[]> {
  const results = await Promise.allSettled(queries)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

async function unlessEmpty(
  client: ClientBase,
  keys: readonly NamedKey[],
  statement: (values: unknown[]) => QueryArrayConfig,
): Promise<QueryArrayResult | undefined> {
  if (keys.length === 0) return undefined
  return client.query(statement([byteaArray(keys.map(({ bytes }) => bytes))]))
}

function numbersByKey(result: QueryArrayResult | undefined): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const [key, number] of result?.rows ?? []) numbers.set(namedKey(bytesIn(key)).name, numberIn(number))
  return numbers
}
