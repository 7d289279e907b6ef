// Applies a batch of commits in one transaction and two round trips:
//
//   1  BEGIN; lock every key of the batch and then every log, in key order (so that batches never wait for each other in
//      a circle); read what the checks need; take a block of versions
//   2  write what the checks allow; COMMIT
//
// Every key is locked, present or absent, before a version is taken: so the order of the versions is an order in which all
// commits of all nodes could have run one by one.
import type { ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg'
import { InvariantError } from '#base/errors.ts'
import type { CommitOutcome } from '../store.ts'
import { BatchPlan } from './batch-plan.ts'
import { namedKey, type NamedKey, type PreparedCommit } from './prepared-commit.ts'
import { statements } from './schema.ts'
import { byteaArray, bytesIn, numberIn } from './values.ts'

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
  const [, , , versions, counters, block] = await Promise.all([
    client.query('BEGIN'),
    unlessEmpty(client, plan.keys, statements.lockKeys),
    unlessEmpty(client, plan.logs, statements.lockLogs),
    unlessEmpty(client, plan.checked, statements.versions),
    unlessEmpty(client, plan.logs, statements.counters),
    client.query(statements.nextVersions([])),
  ])
  const outcomes = plan.run(numbersByKey(versions), numbersByKey(counters), numberIn(block.rows[0]?.[0]))
  const writes = plan.writes().map((write) => client.query(write))
  const commit = client.query('COMMIT')
  await Promise.all([...writes, commit])
  // COMMIT of a transaction that failed is answered with ROLLBACK and no error.
  if ((await commit).command !== 'COMMIT') throw new InvariantError('the database rolled the batch back')
  return { outcomes, touched: plan.touched }
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
