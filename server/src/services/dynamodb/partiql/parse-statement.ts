// The grammar of statements: "PartiQL statements for DynamoDB".
//
//   SELECT (* | path, ...) FROM table[.index] [WHERE condition] [ORDER BY key [ASC | DESC]]
//   INSERT INTO table VALUE {...}
//   UPDATE table (SET path = sum, ... | REMOVE path, ...)+ WHERE condition [RETURNING (ALL | MODIFIED) (OLD | NEW) *]
//   FROM table WHERE condition (SET ... | REMOVE ...)+ [RETURNING ...]
//   DELETE FROM table WHERE condition [RETURNING ALL OLD *]
//   EXISTS(SELECT * FROM table WHERE condition)
import { checkPathsApart } from '../language/bind.ts'
import type { Path, UpdateAction, UpdateValue } from '../language/ast.ts'
import type { AttributeValue, Item } from '../language/attribute-value.ts'
import { checkItem } from '../language/check-value.ts'
import { invalid } from '../language/invalid.ts'
import { malformed } from './malformed.ts'
import { parseCondition } from './parse-where.ts'
import { StatementReader } from './statement-reader.ts'
import type {
  DeleteStatement,
  ExistsStatement,
  InsertStatement,
  Returning,
  SelectStatement,
  Statement,
  UpdateStatement,
} from './statement.ts'

/** Throws ValidationException. */
export function parseStatement(text: string, parameters: readonly AttributeValue[]): Statement {
  const reader = new StatementReader(text, parameters)
  const statement = statementAt(reader)
  reader.expectEnd()
  return statement
}

function statementAt(reader: StatementReader): Statement {
  if (reader.takeWord('SELECT')) return select(reader)
  if (reader.takeWord('INSERT')) return insert(reader)
  if (reader.takeWord('UPDATE')) return update(reader)
  if (reader.takeWord('FROM')) return updateFrom(reader)
  if (reader.takeWord('DELETE')) return remove(reader)
  if (reader.takeWord('EXISTS')) return exists(reader)
  throw reader.unexpected('SELECT, INSERT, UPDATE or DELETE')
}

function select(reader: StatementReader): SelectStatement {
  const paths = reader.takeSymbol('*') ? undefined : projection(reader)
  reader.expectWord('FROM')
  const table = reader.name()
  const index = reader.takeSymbol('.') ? reader.name() : undefined
  refuseAlias(reader)
  const where = reader.takeWord('WHERE') ? parseCondition(reader) : undefined
  const order = reader.takeWord('ORDER') ? orderBy(reader) : undefined
  return { kind: 'select', table, index, paths, where, order }
}

/** A name behind the table's that begins no clause. */
function refuseAlias(reader: StatementReader): void {
  const { kind } = reader.peek()
  const isClause = ['WHERE', 'ORDER', 'SET', 'REMOVE', 'RETURNING'].some((word) => reader.isWord(word))
  if (kind === 'quoted' || (kind === 'word' && !isClause)) throw invalid('Aliasing is not supported')
}

function projection(reader: StatementReader): readonly Path[] {
  const paths = [reader.path()]
  while (reader.takeSymbol(',')) paths.push(reader.path())
  return paths
}

function orderBy(reader: StatementReader): NonNullable<SelectStatement['order']> {
  reader.expectWord('BY')
  const name = reader.name()
  const descending = reader.takeWord('DESC')
  if (!descending) reader.takeWord('ASC')
  return { name, descending }
}

function insert(reader: StatementReader): InsertStatement {
  reader.expectWord('INTO')
  const table = reader.name()
  if (!reader.takeWord('VALUE')) throw malformed('Unexpected token after expression')
  return { kind: 'insert', table, item: reader.isSymbol('?') ? parameterItem(reader) : checkItem(reader.item()) }
}

function parameterItem(reader: StatementReader): Item {
  const value = reader.value()
  if (!('M' in value)) throw malformed('Expected a map after VALUE')
  return value.M
}

function update(reader: StatementReader): UpdateStatement {
  const table = reader.name()
  refuseAlias(reader)
  const actions = clauses(reader)
  return { kind: 'update', table, actions, where: whereOf(reader), returning: returning(reader) }
}

function updateFrom(reader: StatementReader): UpdateStatement {
  const table = reader.name()
  refuseAlias(reader)
  const where = whereOf(reader)
  return { kind: 'update', table, where, actions: clauses(reader), returning: returning(reader) }
}

/** SET and REMOVE, in any order, at least one. */
function clauses(reader: StatementReader): readonly UpdateAction[] {
  const actions: UpdateAction[] = []
  for (;;) {
    if (reader.takeWord('SET')) actions.push(...list(reader, setAction))
    else if (reader.takeWord('REMOVE')) actions.push(...list(reader, removeAction))
    else break
  }
  if (actions.length === 0) throw reader.unexpected('SET or REMOVE')
  checkPathsApart(
    'Update clause',
    actions.map(({ path }) => path),
  )
  return actions
}

function list<T>(reader: StatementReader, part: (reader: StatementReader) => T): readonly T[] {
  const parts = [part(reader)]
  while (reader.takeSymbol(',')) parts.push(part(reader))
  return parts
}

function setAction(reader: StatementReader): UpdateAction {
  const path = reader.path()
  reader.expectSymbol('=')
  const call = callAt(reader)
  if (call !== 'set_add' && call !== 'set_delete') return { kind: 'set', path, value: sum(reader) }
  return { kind: call === 'set_add' ? 'add' : 'delete', path, value: setArgument(reader, path) }
}

/** What set_add or set_delete adds or takes away: they change the set that they are assigned to. */
function setArgument(reader: StatementReader, path: Path): AttributeValue {
  const token = reader.next()
  const name = token.text.toUpperCase()
  reader.expectSymbol('(')
  const firstToken = reader.peek()
  const [target, added, ...others] = reader.deeper(() => list(reader, sum))
  reader.expectSymbol(')')
  if (added === undefined || others.length > 0) throw reader.faultAt(token, `${name} must have exactly two arguments`)
  if (target?.kind !== 'path' || JSON.stringify(target.path) !== JSON.stringify(path))
    throw reader.faultAt(token, `The first argument to ${name} must equal the assignment value`)
  const value = added.kind === 'value' ? added.value : undefined
  if (value === undefined || !('SS' in value || 'NS' in value || 'BS' in value))
    throw reader.faultAt(firstToken, `The second argument to ${name} must be a value with type SET`)
  return value
}

function removeAction(reader: StatementReader): UpdateAction {
  return { kind: 'remove', path: reader.path() }
}

function sum(reader: StatementReader): UpdateValue {
  let total = term(reader)
  for (;;) {
    const operator = reader.isSymbol('+') ? '+' : reader.isSymbol('-') ? '-' : undefined
    if (operator === undefined) return total
    reader.next()
    total = { kind: 'sum', operator, left: total, right: term(reader) }
  }
}

function term(reader: StatementReader): UpdateValue {
  if (reader.isSymbol('('))
    return reader.deeper(() => {
      reader.next()
      const inner = sum(reader)
      reader.expectSymbol(')')
      return inner
    })
  if (reader.isValue) return { kind: 'value', value: reader.value() }
  const call = callAt(reader)
  if (call === undefined) return { kind: 'path', path: reader.path() }
  const token = reader.next()
  if (call !== 'list_append') throw reader.faultAt(token, `Unrecognized function: ${call}`)
  return reader.deeper(() => {
    reader.expectSymbol('(')
    const left = sum(reader)
    reader.expectSymbol(',')
    const right = sum(reader)
    reader.expectSymbol(')')
    return { kind: 'list-append', left, right }
  })
}

/** The name of a call that begins here, in lower case. */
function callAt(reader: StatementReader): string | undefined {
  return reader.peek().kind === 'word' && reader.isSymbol('(', 1) ? reader.peek().text.toLowerCase() : undefined
}

function remove(reader: StatementReader): DeleteStatement {
  reader.expectWord('FROM')
  const table = reader.name()
  refuseAlias(reader)
  const where = whereOf(reader)
  const asked = returning(reader)
  if (asked !== undefined && asked !== 'ALL OLD') throw malformed('DELETE can return ALL OLD * only')
  return { kind: 'delete', table, where, returning: asked }
}

function whereOf(reader: StatementReader): UpdateStatement['where'] {
  reader.expectWord('WHERE')
  return parseCondition(reader)
}

function returning(reader: StatementReader): Returning | undefined {
  if (!reader.takeWord('RETURNING')) return undefined
  const which = reader.takeWord('ALL') ? 'ALL' : (reader.expectWord('MODIFIED'), 'MODIFIED')
  const when = reader.takeWord('OLD') ? 'OLD' : (reader.expectWord('NEW'), 'NEW')
  reader.expectSymbol('*')
  return `${which} ${when}`
}

function exists(reader: StatementReader): ExistsStatement {
  reader.expectSymbol('(')
  reader.expectWord('SELECT')
  const { table, where, index } = select(reader)
  reader.expectSymbol(')')
  if (where === undefined || index !== undefined) throw malformed('EXISTS must select an item by its key')
  return { kind: 'exists', table, where }
}
