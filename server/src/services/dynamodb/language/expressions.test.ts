import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Item } from './attribute-value.ts'
import { checkParameters, compile, type ExpressionInput, type ExpressionOperation } from './expressions.ts'

/** What the service says to a request: its message, or `fine`. */
function answer(operation: ExpressionOperation, input: ExpressionInput): string {
  try {
    checkParameters(operation, input)
    compile(operation, input)
    return 'fine'
  } catch (error) {
    if (error instanceof Error && error.name === 'AwsError') return error.message
    throw error
  }
}

const conditionAnswer = (ConditionExpression: string, input: ExpressionInput = {}): string =>
  answer('PutItem', { ...input, ConditionExpression })
const updateAnswer = (UpdateExpression: string, input: ExpressionInput = {}): string =>
  answer('UpdateItem', { ...input, UpdateExpression })

const VALUES = { ':a': { S: 'a' }, ':n': { N: '1' } }

test('syntax errors tell the token and its neighbours', () => {
  const cases: Record<string, string> = {
    'a =': 'token: "<EOF>", near: "="',
    'a = ': 'token: "<EOF>", near: "= "',
    '= :a': 'token: "=", near: "= :a"',
    'a b': 'token: "b", near: "a b"',
    a: 'token: "<EOF>", near: "a"',
    'a == :a': 'token: "=", near: "== :a"',
    '(a = :a': 'token: "<EOF>", near: ":a"',
    'a = :a)': 'token: ")", near: ":a)"',
    'a[x] = :a': 'token: "x", near: "[x]"',
    'a[-1] = :a': 'token: "-", near: "[-1"',
    'a..b = :a': 'token: ".", near: "..b"',
    'a BETWEEN :a': 'token: "<EOF>", near: ":a"',
    'a IN :a': 'token: ":a", near: "IN :a"',
    NOT: 'token: "<EOF>", near: "NOT"',
    'a.0 = :a': 'token: "0", near: ".0 ="',
    '1a = :a': 'token: "1", near: "1a"',
    'a-b = :a': 'token: "-", near: "a-b"',
    'a = "x"': 'token: """, near: "= "x"',
    'a = :a AND': 'token: "<EOF>", near: "AND"',
    'a = :a OR OR b = :a': 'token: "OR", near: "OR OR b"',
    'size(a)': 'The function is not allowed to be used this way in an expression; function: size',
  }
  for (const [text, wanted] of Object.entries(cases)) {
    const message = wanted.startsWith('token') ? `Syntax error; ${wanted}` : wanted
    assert.equal(
      conditionAnswer(text, { ExpressionAttributeValues: VALUES }),
      `Invalid ConditionExpression: ${message}`,
      text,
    )
  }
})

test('mistakes in conditions have the messages of the service', () => {
  const values = { ':s': { S: 'a' }, ':n': { N: '1' }, ':m': { N: '2' }, ':t': { BOOL: true }, ':x': { S: 'X' } }
  const cases: Record<string, string> = {
    '': 'The expression can not be empty;',
    'a = ((:s))': 'The expression has redundant parentheses;',
    '((a = :s))': 'The expression has redundant parentheses;',
    '((a)) = :s': 'The expression has redundant parentheses;',
    'foo(a)': 'Invalid function name; function: foo',
    'Attribute_exists(a)': 'Invalid function name; function: Attribute_exists',
    'if_not_exists(a, :s)': 'The function is not allowed in a condition expression; function: if_not_exists',
    'attribute_exists(a) = :s':
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    'contains(begins_with(a, :s), :s)':
      'The function is not allowed to be used this way in an expression; function: begins_with',
    'abort = :s': 'Attribute name is a reserved keyword; reserved keyword: abort',
    'a.Size = :s': 'Attribute name is a reserved keyword; reserved keyword: Size',
    '#a = :s': 'An expression attribute name used in the document path is not defined; attribute name: #a',
    'a = :zz': 'An expression attribute value used in expression is not defined; attribute value: :zz',
    'a = a':
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
    'begins_with(a[1].b, a[1].b)':
      'The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [a, [1], b]',
    'attribute_exists(:s)': 'Operator or function requires a document path; operator or function: attribute_exists',
    'attribute_exists(a, b)':
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    'size(a, b) = :n':
      'Incorrect number of operands for operator or function; operator or function: size, number of operands: 2',
    'begins_with(a, :n)':
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    'size(:n) = :n': 'Incorrect operand type for operator or function; operator or function: size, operand type: N',
    'attribute_type(a, :n)':
      'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N',
    'attribute_type(a, b)':
      'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
    'attribute_type(a, :x)': 'Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    'a < :t': 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
    ':t >= a': 'Incorrect operand type for operator or function; operator or function: >=, operand type: BOOL',
    'a BETWEEN :t AND :t':
      'Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL',
    'a BETWEEN :m AND :n':
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    'a BETWEEN :m AND :s':
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:a}',
  }
  for (const [text, wanted] of Object.entries(cases))
    assert.equal(
      conditionAnswer(text, { ExpressionAttributeValues: values }),
      `Invalid ConditionExpression: ${wanted}`,
      text,
    )
})

test('mistakes in updates have the messages of the service', () => {
  const values = { ':s': { S: 'a' }, ':n': { N: '1' }, ':l': { L: [] }, ':m': { M: {} } }
  const cases: Record<string, string> = {
    '': 'The expression can not be empty;',
    a: 'Syntax error; token: "a", near: "a"',
    SET: 'Syntax error; token: "<EOF>", near: "SET"',
    'SET a': 'Syntax error; token: "<EOF>", near: "a"',
    'SET a = :s,': 'Syntax error; token: "<EOF>", near: ","',
    'SET a = :s SET b = :s': 'The "SET" section can only be used once in an update expression;',
    'REMOVE a ADD b :n REMOVE c': 'The "REMOVE" section can only be used once in an update expression;',
    'SET size = :s': 'Attribute name is a reserved keyword; reserved keyword: size',
    'SET a = foo(:s)': 'Invalid function name; function: foo',
    'SET a = size(b)': 'The function is not allowed in an update expression; function: size',
    'SET #a = :s': 'An expression attribute name used in the document path is not defined; attribute name: #a',
    'SET a = :zz': 'An expression attribute value used in expression is not defined; attribute value: :zz',
    'SET a = :s, a = :s':
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    'SET a.b = :s REMOVE a':
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]',
    'SET a[0] = :s REMOVE a.b':
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]',
    'SET a = if_not_exists(:s, :n)':
      'Operator or function requires a document path; operator or function: if_not_exists',
    'SET a = list_append(b)':
      'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1',
    'SET a = list_append(b, :s)':
      'Incorrect operand type for operator or function; operator or function: list_append, operand type: S',
    'SET a = b + :s': 'Incorrect operand type for operator or function; operator or function: +, operand type: S',
    'SET a = :l - b': 'Incorrect operand type for operator or function; operator or function: -, operand type: L',
    'ADD a :s':
      'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
    'DELETE a :n':
      'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    'DELETE a :m':
      'Incorrect operand type for operator or function; operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND',
  }
  for (const [text, wanted] of Object.entries(cases))
    assert.equal(updateAnswer(text, { ExpressionAttributeValues: values }), `Invalid UpdateExpression: ${wanted}`, text)
})

test('placeholders must be well formed, used, and stand for something', () => {
  const name = (names: Record<string, string>): string =>
    conditionAnswer('attribute_exists(a)', { ExpressionAttributeNames: names })
  assert.equal(name({}), 'ExpressionAttributeNames must not be empty')
  assert.equal(name({ a: 'b' }), 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"')
  assert.equal(
    name({ '#b': 'b', '#c': 'c' }),
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}',
  )
  assert.equal(
    conditionAnswer('a = :a', { ExpressionAttributeValues: {} }),
    'ExpressionAttributeValues must not be empty',
  )
  assert.equal(
    conditionAnswer('a = :a', { ExpressionAttributeValues: { a: { S: 'b' } } }),
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "a"',
  )
  assert.equal(
    conditionAnswer('a = :a', { ExpressionAttributeValues: VALUES }),
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:n}',
  )
  assert.equal(
    conditionAnswer('a = :a', { ExpressionAttributeValues: { ':a': {} } }),
    'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a',
  )
  assert.equal(
    conditionAnswer('#a.#b[3].c = :a', {
      ExpressionAttributeNames: { '#a': 'x y', '#b': 'size' },
      ExpressionAttributeValues: { ':a': { S: '' } },
    }),
    'fine',
  )
})

test('parameters that exclude each other', () => {
  assert.equal(
    answer('UpdateItem', { UpdateExpression: 'REMOVE a', AttributeUpdates: {}, Expected: {} }),
    'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression}',
  )
  assert.equal(
    answer('GetItem', { ProjectionExpression: 'a', AttributesToGet: ['a'] }),
    'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
  )
  assert.equal(
    answer('PutItem', { ExpressionAttributeNames: { '#a': 'a' } }),
    'ExpressionAttributeNames can only be specified when using expressions',
  )
  assert.equal(
    answer('UpdateItem', { ExpressionAttributeValues: VALUES }),
    'ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null',
  )
  assert.equal(
    answer('PutItem', { ExpressionAttributeValues: VALUES }),
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
  )
})

test('limits: 4 KB, 300 operators, 100 operands of IN, 32 path elements', () => {
  assert.equal(
    conditionAnswer(`attribute_exists(${'a'.repeat(5000)})`),
    'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 5018',
  )
  const many = (count: number): string => Array.from({ length: count }, () => 'a=:a').join(' OR ')
  assert.equal(conditionAnswer(many(150), { ExpressionAttributeValues: { ':a': { S: 'a' } } }), 'fine')
  assert.equal(
    conditionAnswer(many(151), { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
    'Invalid ConditionExpression: The expression contains too many operators; operator count: 301',
  )
  const among = (count: number): string => `a IN (${Array.from({ length: count }, () => ':a').join(',')})`
  assert.equal(conditionAnswer(among(100), { ExpressionAttributeValues: { ':a': { S: 'a' } } }), 'fine')
  assert.equal(
    conditionAnswer(among(101), { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
    'Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101',
  )
  assert.equal(answer('GetItem', { ProjectionExpression: `a${'.b'.repeat(31)}` }), 'fine')
  assert.equal(
    answer('GetItem', { ProjectionExpression: `a${'.b'.repeat(32)}` }),
    'Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33',
  )
  assert.match(
    answer('GetItem', { ProjectionExpression: 'a[99999999999]' }),
    /List index is not within the allowable range/,
  )
})

test('hostile expressions are refused in no time, without a deep stack', () => {
  const texts = [
    '('.repeat(100_000),
    '('.repeat(4000),
    `${'('.repeat(2000)}a${')'.repeat(2000)} = :a`,
    `${'('.repeat(2000)}a = :a${')'.repeat(2000)}`,
    'NOT '.repeat(1000) + 'a = :a',
    'size('.repeat(800),
    `a${'[0]'.repeat(1300)} = :a`,
    `a${'.a'.repeat(2000)} = :a`,
    'a = :a AND ('.repeat(300),
    ':'.repeat(4000),
    '['.repeat(4096),
    `a IN (${':a,'.repeat(1300)}:a)`,
    '\u0000'.repeat(4000),
    `SET ${'(a'.repeat(1900)}`,
  ]
  for (const text of texts) {
    const startMs = performance.now()
    assert.match(
      conditionAnswer(text, { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      /^Invalid ConditionExpression: /,
    )
    assert.match(
      updateAnswer(`SET a = ${text}`, { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      /^Invalid UpdateExpression: /,
    )
    assert.match(answer('GetItem', { ProjectionExpression: `${text})` }), /^Invalid ProjectionExpression: /)
    assert.ok(performance.now() - startMs < 1000, `${text.slice(0, 20)}... took ${performance.now() - startMs} ms`)
  }
})

test('key conditions: what may be asked of keys', () => {
  const key = (KeyConditionExpression: string): string => {
    const used = Object.fromEntries(
      Object.entries({ ':a': { S: 'a' }, ':b': { S: 'b' } }).filter(([name]) => KeyConditionExpression.includes(name)),
    )
    return answer('Query', { KeyConditionExpression, ExpressionAttributeValues: used })
  }
  assert.equal(key('a = :a OR b = :b'), 'Invalid operator used in KeyConditionExpression: OR')
  assert.equal(key('NOT a = :a'), 'Invalid operator used in KeyConditionExpression: NOT')
  assert.equal(key('a <> :a'), 'Invalid operator used in KeyConditionExpression: <>')
  assert.equal(key('a IN (:a, :b)'), 'Invalid operator used in KeyConditionExpression: IN')
  assert.equal(key('contains(a, :a)'), 'Invalid operator used in KeyConditionExpression: contains')
  assert.equal(key('size(a) = :a'), 'KeyConditionExpressions cannot contain nested operations')
  assert.equal(key('a.b = :a'), 'KeyConditionExpressions cannot have conditions on nested attributes')
  assert.equal(
    key('a = b AND a = :a'),
    'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  )
  assert.equal(
    key('a = :a AND a = :b'),
    'Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key',
  )
  assert.equal(key(':a = :b'), 'Invalid condition in KeyConditionExpression: No key attribute specified')
  assert.equal(
    key('begins_with(:a, b)'),
    'Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand',
  )
  const conditions = compile('Query', {
    KeyConditionExpression: ':a = h AND r BETWEEN :a AND :b',
    ExpressionAttributeValues: { ':a': { S: 'a' }, ':b': { S: 'b' } },
  }).keyConditions
  assert.deepEqual(conditions?.forKeys({ name: 'h', type: 'S' }, { name: 'r', type: 'S' }), {
    hash: { S: 'a' },
    range: { kind: 'between', low: { S: 'a' }, high: { S: 'b' } },
  })
  assert.throws(
    () => conditions?.forKeys({ name: 'h', type: 'S' }, { name: 'x', type: 'S' }),
    /missed key schema element: x/,
  )
  assert.throws(
    () => conditions?.forKeys({ name: 'x', type: 'S' }, { name: 'r', type: 'S' }),
    /missed key schema element: x/,
  )
  assert.throws(
    () => conditions?.forKeys({ name: 'h', type: 'N' }, { name: 'r', type: 'S' }),
    /Condition parameter type does not match schema type/,
  )
})

const ITEM: Item = {
  id: { S: 'k' },
  n: { N: '5' },
  m: { M: { a: { N: '1' }, b: { M: { c: { S: 'deep' } } } } },
  l: { L: [{ S: 'zero' }, { S: 'one' }, { M: { x: { N: '2' } } }, { S: 'three' }] },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
}

function update(UpdateExpression: string, values?: ExpressionInput['ExpressionAttributeValues']): Item | string {
  const { update } = compile('UpdateItem', { UpdateExpression, ...(values && { ExpressionAttributeValues: values }) })
  try {
    return update?.apply(ITEM) ?? 'nothing'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

test('updates: all functions, on the item as it was', () => {
  const before = structuredClone(ITEM)
  assert.deepEqual(
    update('SET n = n + :d, m.a = n - :d, z = if_not_exists(n, :d), y = if_not_exists(q, :d)', { ':d': { N: '2' } }),
    {
      ...ITEM,
      n: { N: '7' },
      m: { M: { a: { N: '3' }, b: { M: { c: { S: 'deep' } } } } },
      z: { N: '5' },
      y: { N: '2' },
    },
  )
  assert.deepEqual(
    update('SET l = list_append(l, :x), k = list_append(:x, if_not_exists(q, :x)) REMOVE m.b.c', {
      ':x': { L: [{ N: '1' }] },
    }),
    {
      ...ITEM,
      l: { L: [...('L' in (ITEM['l'] ?? {}) ? (ITEM['l'] as { L: [] }).L : []), { N: '1' }] },
      k: { L: [{ N: '1' }, { N: '1' }] },
      m: { M: { a: { N: '1' }, b: { M: {} } } },
    },
  )
  assert.deepEqual(
    update('SET l[9] = :nine, l[7] = :seven, l[0] = :zero, l[2].x = :zero REMOVE l[1], l[3], l[50]', {
      ':nine': { N: '9' },
      ':seven': { N: '7' },
      ':zero': { N: '0' },
    }),
    {
      ...ITEM,
      l: { L: [{ N: '0' }, { M: { x: { N: '0' } } }, { N: '7' }, { N: '9' }] },
    },
  )
  assert.deepEqual(
    update('ADD n :n, ss :ss, fresh :n, m.a :n DELETE ns :ns', {
      ':n': { N: '0.5' },
      ':ss': { SS: ['b', 'c'] },
      ':ns': { NS: ['1', '3'] },
    }),
    {
      ...ITEM,
      n: { N: '5.5' },
      ss: { SS: ['a', 'b', 'c'] },
      fresh: { N: '0.5' },
      m: { M: { a: { N: '1.5' }, b: { M: { c: { S: 'deep' } } } } },
      ns: { NS: ['2'] },
    },
  )
  const { ss, ...rest } = ITEM
  assert.deepEqual(update('DELETE ss :ss, absent :ss', { ':ss': { SS: ['b', 'a'] } }), rest)
  assert.ok(ss)
  assert.deepEqual(ITEM, before)
})

test('updates that do not fit the item', () => {
  assert.equal(update('SET a = q'), 'The provided expression refers to an attribute that does not exist in the item')
  assert.equal(update('SET q.a = n'), 'The document path provided in the update expression is invalid for update')
  assert.equal(update('REMOVE q.a'), 'The document path provided in the update expression is invalid for update')
  assert.equal(update('SET m[0] = n'), 'The document path provided in the update expression is invalid for update')
  assert.equal(update('SET n = id + n'), 'An operand in the update expression has an incorrect data type')
  assert.equal(
    update('ADD id :n', { ':n': { N: '1' } }),
    'An operand in the update expression has an incorrect data type',
  )
  assert.equal(update('SET n = list_append(n, l)'), 'An operand in the update expression has an incorrect data type')
  assert.equal(
    update('SET n = n + :n', { ':n': { N: '9e125' } }),
    'Attempting to store more than 38 significant digits in a Number',
  )
  const deep = Array.from({ length: 30 }).reduce<{ M: Record<string, { M: object }> } | { S: string }>(
    (inner) => ({ M: { d: inner } }) as never,
    { S: 'x' },
  )
  assert.equal(update('SET m.b.c = :d', { ':d': deep as never }), 'Nesting Levels have exceeded supported limits')
})

test('projections keep places, and lists close ranks', () => {
  const project = (ProjectionExpression: string): Item | undefined =>
    compile('GetItem', { ProjectionExpression }).projection?.project(ITEM)
  assert.deepEqual(project('id, m.b.c, l[3], l[0], l[2].x, q.r, n.x, l[77]'), {
    id: { S: 'k' },
    m: { M: { b: { M: { c: { S: 'deep' } } } } },
    l: { L: [{ S: 'zero' }, { M: { x: { N: '2' } } }, { S: 'three' }] },
  })
  assert.equal(
    answer('GetItem', { ProjectionExpression: 'a.b, a' }),
    'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]',
  )
})

test('attributes may be called as the properties of objects are', () => {
  const input = {
    ConditionExpression:
      'attribute_not_exists(#p) AND attribute_not_exists(hasOwnProperty) AND attribute_not_exists(m.toString)',
    ExpressionAttributeNames: { '#p': '__proto__' },
  }
  assert.equal(compile('PutItem', input).condition?.holds(ITEM), true)
  const changed =
    compile('UpdateItem', {
      UpdateExpression: 'SET #p = :v',
      ExpressionAttributeNames: { '#p': '__proto__' },
      ExpressionAttributeValues: { ':v': { S: 'own' } },
    }).update?.apply(ITEM) ?? {}
  assert.equal(Object.hasOwn(changed, '__proto__'), true)
  assert.equal(
    compile('PutItem', {
      ConditionExpression: '#p = :v',
      ExpressionAttributeNames: { '#p': '__proto__' },
      ExpressionAttributeValues: { ':v': { S: 'own' } },
    }).condition?.holds(changed),
    true,
  )
})

test('lists of as many elements as fit in an item', () => {
  const list = { L: Array.from({ length: 200_000 }, () => ({ NULL: true })) }
  const { update, condition } = compile('UpdateItem', {
    UpdateExpression: 'SET l[0] = :v, l[999999] = :v, m = list_append(l, l) REMOVE l[1]',
    ConditionExpression: 'size(l) = :n AND NOT contains(l, :v)',
    ExpressionAttributeValues: { ':v': { S: 'x' }, ':n': { N: '200000' } },
  })
  assert.equal(condition?.holds({ l: list }), true)
  const item = update?.apply({ l: list }) ?? {}
  assert.deepEqual(
    ['l', 'm'].map((name) => (item[name] as { L: unknown[] }).L.length),
    [200_000, 400_000],
  )
})
