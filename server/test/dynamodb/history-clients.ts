// Clients that write and read a few items at once, in all the ways that promise to be atomic, and record what they saw. What
// they speak to is given: the service in this process, or a server over the SDK.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '#base/ids.ts'
import type { Action, Operation, Value } from './history.ts'

/** Calls an operation of DynamoDB. Rejects with an error whose `name` or `code` is the service's. */
export type Call = (operation: string, input: object) => Promise<object>

export const TABLE = 'registers'
export const REGISTERS = 3

interface ClientOptions {
  readonly call: Call
  readonly random: Random
  readonly client: number
  readonly operations: number
  readonly recorder: Recorder
}

/** The order of all events, and values that are written only once. */
export class Recorder {
  readonly history: Operation[] = []
  #events = 0
  #values = 0
  #reached: { readonly count: number; readonly tell: () => void } | undefined

  event(): number {
    return ++this.#events
  }

  value(): number {
    return ++this.#values
  }

  record(operation: Operation): void {
    this.history.push(operation)
    if (this.#reached?.count === this.history.length) this.#reached.tell()
  }

  /** Resolves at once when the history has grown to `count`. */
  reaches(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#reached = { count, tell: resolve }
    return promise
  }
}

/** A request, and how its answer is read. */
interface Attempt {
  readonly operation: string
  readonly input: object
  /** What is recorded when it was answered. */
  done(output: object): Action
  /** What is recorded when a condition did not hold; undefined for reads. */
  readonly refused: Action | undefined
  /** What is recorded when nobody knows; undefined for reads: they change nothing. */
  readonly unknown: Action | undefined
}

/** Runs the operations of one client, one after the other. */
export async function runClient({ call, random, client, operations, recorder }: ClientOptions): Promise<void> {
  const seen: Value[] = Array.from({ length: REGISTERS }, () => null)
  for (let count = 0; count < operations; count++) {
    const attempt = anyAttempt(random, recorder, seen)
    const begin = recorder.event()
    const record = (action: Action | undefined, end: number): void => {
      if (action !== undefined) recorder.record({ client, begin, end, action })
    }
    try {
      const action = attempt.done(await call(attempt.operation, attempt.input))
      record(action, recorder.event())
      learn(seen, action)
    } catch (error) {
      const fate = fateOf(error)
      if (fate === 'refused') record(attempt.refused, recorder.event())
      // The connection ends with the process, the call with its store: nothing can happen after.
      if (fate === 'unknown') record(attempt.unknown, recorder.event())
      if (fate !== 'refused') await sleep(1)
    }
  }
}

function learn(seen: Value[], action: Action): void {
  const values = action.kind === 'read' ? action.values : action.writes
  for (const { register, value } of values) seen[register] = value
}

/** `none`: it certainly did nothing, and tells nothing. */
function fateOf(error: unknown): 'refused' | 'none' | 'unknown' {
  if (!(error instanceof Error)) throw error
  const details = error as { code?: unknown; fields?: { CancellationReasons?: unknown }; CancellationReasons?: unknown }
  const names = [error.name, details.code]
  if (names.includes('ConditionalCheckFailedException')) return 'refused'
  if (['StoreFullError', 'TransactionConflictException', 'ECONNREFUSED'].some((name) => names.includes(name)))
    return 'none'
  if (names.includes('TransactionCanceledException')) {
    const reasons = (details.CancellationReasons ?? details.fields?.CancellationReasons) as { Code?: string }[]
    const codes = new Set(reasons.map(({ Code }) => Code))
    if (codes.has('ConditionalCheckFailed')) return 'refused'
    if (codes.has('TransactionConflict')) return 'none'
    throw error
  }
  const isFailure = names.some(
    (name) => typeof name === 'string' && /Validation|ResourceNotFound|Serialization|TypeError/.test(name),
  )
  if (isFailure) throw error
  return 'unknown'
}

function anyAttempt(random: Random, recorder: Recorder, seen: readonly Value[]): Attempt {
  const dice = random()
  const register = Math.floor(random() * REGISTERS)
  if (dice < 0.2) return get(register)
  if (dice < 0.3) return transactGet(someRegisters(random))
  if (dice < 0.45) return put(register, recorder.value(), undefined)
  if (dice < 0.7) return put(register, recorder.value(), seen[register] ?? null)
  if (dice < 0.8) return remove(register, seen[register] ?? null)
  return transactWrite(random, recorder, seen)
}

function someRegisters(random: Random): readonly number[] {
  const all = Array.from({ length: REGISTERS }, (_, index) => index)
  const left = Math.floor(random() * REGISTERS)
  return random() < 0.5 ? all : all.filter((register) => register !== left)
}

const keyOf = (register: number): object => ({ id: { S: `register-${register}` } })

/** The value in an item of an answer. */
function valueIn(item: unknown): Value {
  const value = (item as { v?: { N?: string } } | undefined)?.v?.N
  return value === undefined ? null : Number(value)
}

function get(register: number): Attempt {
  return {
    operation: 'GetItem',
    input: { TableName: TABLE, Key: keyOf(register), ConsistentRead: true },
    done: (output) => ({ kind: 'read', values: [{ register, value: valueIn((output as { Item?: unknown }).Item) }] }),
    refused: undefined,
    unknown: undefined,
  }
}

function transactGet(registers: readonly number[]): Attempt {
  return {
    operation: 'TransactGetItems',
    input: { TransactItems: registers.map((register) => ({ Get: { TableName: TABLE, Key: keyOf(register) } })) },
    done(output) {
      const { Responses = [] } = output as { Responses?: { Item?: unknown }[] }
      return {
        kind: 'read',
        values: registers.map((register, index) => ({ register, value: valueIn(Responses[index]?.Item) })),
      }
    },
    refused: undefined,
    unknown: undefined,
  }
}

/** Parameters of a condition that the register has the value. */
function condition(expected: Value): object {
  if (expected === null) return { ConditionExpression: 'attribute_not_exists(v)' }
  return { ConditionExpression: 'v = :old', ExpressionAttributeValues: { ':old': { N: String(expected) } } }
}

function writing(
  operation: string,
  input: object,
  parts: Omit<Extract<Action, { kind: 'write' }>, 'kind' | 'outcome'>,
): Attempt {
  return {
    operation,
    input,
    done: () => ({ kind: 'write', ...parts, outcome: 'done' }),
    refused: { kind: 'write', ...parts, outcome: 'refused' },
    unknown: { kind: 'write', ...parts, outcome: 'unknown' },
  }
}

/** `expected` undefined: whatever is there. */
function put(register: number, value: number, expected: Value | undefined): Attempt {
  const Item = { ...keyOf(register), v: { N: String(value) }, padding: { S: 'x'.repeat(value % 50) } }
  return writing(
    'PutItem',
    { TableName: TABLE, Item, ...(expected !== undefined && condition(expected)) },
    { conditions: expected === undefined ? [] : [{ register, value: expected }], writes: [{ register, value }] },
  )
}

function remove(register: number, expected: Value): Attempt {
  return writing(
    'DeleteItem',
    { TableName: TABLE, Key: keyOf(register), ...condition(expected) },
    { conditions: [{ register, value: expected }], writes: [{ register, value: null }] },
  )
}

/** Each register is checked, updated on a condition, or put whatever it was. */
function transactWrite(random: Random, recorder: Recorder, seen: readonly Value[]): Attempt {
  const conditions: { register: number; value: Value }[] = []
  const writes: { register: number; value: Value }[] = []
  const TransactItems = someRegisters(random).map((register) => {
    const expected = seen[register] ?? null
    const dice = random()
    if (dice < 0.75) conditions.push({ register, value: expected })
    if (dice < 0.25) return { ConditionCheck: { TableName: TABLE, Key: keyOf(register), ...condition(expected) } }
    const value = recorder.value()
    writes.push({ register, value })
    if (dice >= 0.75) return { Put: { TableName: TABLE, Item: { ...keyOf(register), v: { N: String(value) } } } }
    const { ExpressionAttributeValues, ...rest } = condition(expected) as { ExpressionAttributeValues?: object }
    return {
      Update: {
        TableName: TABLE,
        Key: keyOf(register),
        UpdateExpression: 'SET v = :new',
        ...rest,
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':new': { N: String(value) } },
      },
    }
  })
  return writing('TransactWriteItems', { TransactItems }, { conditions, writes })
}
