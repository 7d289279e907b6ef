import type { RequestContext } from '#protocol/operation.ts'
import { tablePlace } from '../arn.ts'
import { metricsOf, type CollectionMetrics } from '../collection-metrics.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput, DynamoOutput } from '../model.ts'
import { conditionFailed, invalid } from '../errors.ts'
import { checkKey, checkKeyPaths, checkStorable } from '../item-checks.ts'
import { keyOfItem } from '../item-keys.ts'
import { checkUpdatedPaths, updated } from '../item-update.ts'
import { checkItem } from '../language/check-value.ts'
import type { ConditionProgram } from '../language/condition.ts'
import { compile } from '../language/expressions.ts'
import { itemBytes } from '../language/item-size.ts'
import { ITEM_BYTES_MAX } from '../language/limits.ts'
import type { StoredItem } from '../stored-item.ts'
import { describeTransaction } from '../transaction-capacity.ts'
import { runTransaction, type TransactedItem, type TransactionAction } from '../transaction.ts'
import { TOKEN_CHARS_MAX, TRANSACTION_ITEMS_MAX } from '../transaction-limits.ts'
import { requestToken, sweepTokens } from '../transaction-tokens.ts'

type Requested = NonNullable<DynamoInput<'TransactWriteItems'>['TransactItems']>[number]

export const transactWriteItems: DynamoOperation<'TransactWriteItems'> = async (deps, input, context) => {
  const { TransactItems, ClientRequestToken } = input
  const constraints = new Constraints()
    .count('transactItems', TransactItems, { min: 1, max: TRANSACTION_ITEMS_MAX })
    .length('clientRequestToken', ClientRequestToken, { min: 1, max: TOKEN_CHARS_MAX })
    .returns({ ...input, ReturnValues: undefined })
  for (const [index, requested] of TransactItems.entries()) constrain(constraints, index, requested)
  constraints.check()
  const actions = TransactItems.map((requested) => actionOf(requested, context))
  const token = ClientRequestToken === undefined ? undefined : requestToken(context, ClientRequestToken, TransactItems)
  if (token !== undefined) await sweepTokens(deps.store, deps.random, deps.clock.nowMs())
  const { items } = await runTransaction(deps, actions, token)
  return answerOf(input, items)
}

function constrain(constraints: Constraints, index: number, requested: Requested): void {
  for (const kind of ['ConditionCheck', 'Put', 'Delete', 'Update'] as const) {
    const part = requested[kind]
    if (part === undefined) continue
    const at = `transactItems.${index + 1}.member.${kind.charAt(0).toLowerCase()}${kind.slice(1)}`
    constraints
      .tableName(`${at}.tableName`, part.TableName)
      .oneOf(`${at}.returnValuesOnConditionCheckFailure`, part.ReturnValuesOnConditionCheckFailure, ['ALL_OLD', 'NONE'])
  }
}

function actionOf(requested: Requested, context: RequestContext): TransactionAction {
  const { ConditionCheck, Put, Delete, Update } = requested
  const [only, ...others] = [ConditionCheck, Put, Delete, Update].filter((part) => part !== undefined)
  if (only === undefined || others.length > 0)
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  const place = tablePlace(only.TableName, context)
  if (Put !== undefined) return { place, ...put(Put) }
  if (Update !== undefined) return { place, ...update(Update) }
  if (Delete !== undefined) return { place, ...remove(Delete) }
  if (ConditionCheck !== undefined) return { place, ...check(ConditionCheck) }
  throw new TypeError('an action of no kind')
}

type Action = Omit<TransactionAction, 'place'>

function put(asked: NonNullable<Requested['Put']>): Action {
  const item = checkItem(asked.Item)
  const sizeBytes = itemBytes(item)
  if (sizeBytes > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size')
  const { condition } = compile('PutItem', asked)
  return {
    key(record) {
      checkStorable(record, item)
      checkKeyPaths(record, condition)
      return keyOfItem(item, record.key)
    },
    decide(before) {
      demand(condition, before, asked)
      return { kind: 'put', item, sizeBytes }
    },
  }
}

function update(asked: NonNullable<Requested['Update']>): Action {
  const key = checkItem(asked.Key)
  const { condition, update } = compile('UpdateItem', asked)
  return {
    key(record) {
      checkKey(record, key)
      checkUpdatedPaths(record, update)
      checkKeyPaths(record, condition, update && { paths: update.actions.map(({ path }) => path) })
      return key
    },
    decide(before, { record }) {
      demand(condition, before, asked)
      return updated(record, key, before, update)
    },
  }
}

function remove(asked: NonNullable<Requested['Delete']>): Action {
  const key = checkItem(asked.Key)
  const { condition } = compile('DeleteItem', asked)
  return {
    key(record) {
      checkKey(record, key)
      checkKeyPaths(record, condition)
      return key
    },
    decide(before) {
      demand(condition, before, asked)
      return before === undefined ? { kind: 'keep' } : { kind: 'delete' }
    },
  }
}

function check(asked: NonNullable<Requested['ConditionCheck']>): Action {
  const key = checkItem(asked.Key)
  const { condition } = compile('ConditionCheck', asked)
  return {
    key(record) {
      checkKey(record, key)
      checkKeyPaths(record, condition)
      return key
    },
    decide(before) {
      demand(condition, before, asked)
      return { kind: 'keep' }
    },
  }
}

/** Throws ConditionalCheckFailedException. */
function demand(
  condition: ConditionProgram | undefined,
  before: StoredItem | undefined,
  asked: { readonly ReturnValuesOnConditionCheckFailure?: string | undefined },
): void {
  if (condition !== undefined && !condition.holds(before?.item))
    throw conditionFailed(asked.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before?.answer() : undefined)
}

function answerOf(
  input: DynamoInput<'TransactWriteItems'>,
  items: readonly TransactedItem[],
): DynamoOutput<'TransactWriteItems'> {
  const metrics: Record<string, CollectionMetrics[]> = {}
  for (const { record, key } of items) {
    const found = metricsOf(input, record, key)
    if (found !== undefined) (metrics[record.name] ??= []).push(found)
  }
  const capacity = describeTransaction(input.ReturnConsumedCapacity, items)
  return {
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
    ...(Object.keys(metrics).length > 0 && { ItemCollectionMetrics: metrics }),
  }
}
