// Writing statements as changes of one item, alone or in a transaction.
import { AwsError } from '#protocol/errors.ts'
import { conditionFailed, invalid } from '../errors.ts'
import { checkKey, checkStorable } from '../item-checks.ts'
import { keyOfItem } from '../item-keys.ts'
import { checkUpdatedPaths, updated } from '../item-update.ts'
import type { Condition } from '../language/ast.ts'
import type { Item } from '../language/attribute-value.ts'
import { ConditionProgram } from '../language/condition.ts'
import { itemBytes } from '../language/item-size.ts'
import { ITEM_BYTES_MAX } from '../language/limits.ts'
import { Update } from '../language/update.ts'
import type { StoredItem } from '../stored-item.ts'
import type { TransactionAction } from '../transaction.ts'
import type { DeleteStatement, ExistsStatement, InsertStatement, UpdateStatement, WriteStatement } from './statement.ts'
import { requireKey } from './where-keys.ts'

export type WriteAction = Pick<TransactionAction, 'key' | 'decide'>

interface WriteOptions {
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined
}

/** What the statement does to its item. Throws ValidationException. */
export function writeAction(statement: WriteStatement, options: WriteOptions): WriteAction {
  switch (statement.kind) {
    case 'insert':
      return insert(statement)
    case 'update':
      return update(statement, options)
    case 'delete':
      return remove(statement, options)
    case 'exists':
      return exists(statement, options)
  }
}

function insert({ item }: InsertStatement): WriteAction {
  const sizeBytes = itemBytes(item)
  if (sizeBytes > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size')
  return {
    key(record) {
      checkStorable(record, item)
      return keyOfItem(item, record.key)
    },
    decide(before) {
      if (before !== undefined)
        throw new AwsError('DuplicateItemException', 400, 'Duplicate primary key exists in table')
      return { kind: 'put', item, sizeBytes }
    },
  }
}

function update({ where, actions }: UpdateStatement, options: WriteOptions): WriteAction {
  const change = new Update(actions)
  return {
    key(record) {
      checkUpdatedPaths(record, change)
      return checkedKey(record, where)
    },
    decide(before, { record }) {
      const { key, rest } = requireKey(record, where)
      if (before === undefined) throw conditionFailed()
      demand(rest, before, options)
      return updated(record, key, before, change)
    },
  }
}

function remove({ where }: DeleteStatement, options: WriteOptions): WriteAction {
  return {
    key: (record) => checkedKey(record, where),
    decide(before, { record }) {
      if (before === undefined) return { kind: 'keep' }
      demand(requireKey(record, where).rest, before, options)
      return { kind: 'delete' }
    },
  }
}

function exists({ where }: ExistsStatement, options: WriteOptions): WriteAction {
  return {
    key: (record) => checkedKey(record, where),
    decide(before, { record }) {
      if (before === undefined) throw conditionFailed()
      demand(requireKey(record, where).rest, before, options)
      return { kind: 'keep' }
    },
  }
}

function checkedKey(record: Parameters<WriteAction['key']>[0], where: Condition): Item {
  const { key } = requireKey(record, where)
  checkKey(record, key)
  return key
}

/** Throws ConditionalCheckFailedException. */
function demand(condition: Condition | undefined, before: StoredItem, options: WriteOptions): void {
  if (condition !== undefined && !new ConditionProgram(condition).holds(before.item))
    throw conditionFailed(options.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before.answer() : undefined)
}
