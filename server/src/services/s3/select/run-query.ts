// Runs a statement over records: rows come out one by one, or one row of aggregates at the end.
import type { Row } from './record-writer.ts'
import { evaluate, type Evaluation, type SqlRecord } from './sql-evaluate.ts'
import type { Aggregate, Expression, Projection, SqlValue, Statement } from './sql-expression.ts'
import { demandNumber, isNothing, order } from './sql-values.ts'

/** Throws the evaluation errors of SelectObjectContent. `nowMs`: what UTCNOW() is throughout. */
export async function* runQuery(
  statement: Statement,
  records: AsyncIterable<SqlRecord>,
  nowMs: number,
): AsyncGenerator<Row> {
  const { where, limit = Number.POSITIVE_INFINITY, alias, aggregates } = statement
  const sums = aggregates.map((aggregate) => new RunningAggregate(aggregate))
  let count = 0
  if (limit === 0) return
  for await (const record of records) {
    const on: Evaluation = { record, alias, nowMs }
    if (where && evaluate(where, on) !== true) continue
    count++
    if (sums.length > 0) for (const sum of sums) sum.add(on)
    else yield rowOf(statement, on)
    if (count >= limit) break
  }
  if (sums.length > 0)
    yield rowOf(statement, { record: NO_RECORD, alias, nowMs, aggregates: sums.map((sum) => sum.result()) })
}

const NO_RECORD: SqlRecord = { column: () => undefined, columns: () => [] }

function rowOf({ projections }: Statement, on: Evaluation): Row {
  if (!projections) return on.record.columns()
  return projections.map((projection, index) => [nameOf(projection, index), evaluate(projection.expression, on)])
}

/** Without AS: the last name of a path, or the position. */
function nameOf({ expression, name }: Projection, index: number): string {
  if (name !== undefined) return name
  const last = lastName(expression)
  return last ?? `_${index + 1}`
}

function lastName(expression: Expression): string | undefined {
  if (expression.kind !== 'path') return undefined
  return expression.steps.findLast((step) => step.kind === 'name')?.name
}

class RunningAggregate {
  readonly #aggregate: Aggregate
  #count = 0
  #sum = 0
  #best: SqlValue = null

  constructor(aggregate: Aggregate) {
    this.#aggregate = aggregate
  }

  add(on: Evaluation): void {
    const { kind, operand } = this.#aggregate
    const value = operand ? evaluate(operand, on) : true
    // Aggregates pass over what is nothing.
    if (isNothing(value)) return
    this.#count++
    if (kind === 'sum' || kind === 'avg') this.#sum += demandNumber(value)
    else if (kind !== 'count' && this.#isBetter(value)) this.#best = value
  }

  #isBetter(value: SqlValue): boolean {
    if (isNothing(this.#best)) return true
    const found = order(value, this.#best) ?? 0
    return this.#aggregate.kind === 'min' ? found < 0 : found > 0
  }

  result(): SqlValue {
    switch (this.#aggregate.kind) {
      case 'count':
        return this.#count
      case 'sum':
        return this.#count === 0 ? null : this.#sum
      case 'avg':
        return this.#count === 0 ? null : this.#sum / this.#count
      case 'min':
      case 'max':
        return this.#best
    }
  }
}
