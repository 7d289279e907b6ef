import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePattern } from './pattern.ts'

function matching(pattern: string, messages: readonly string[]): string[] {
  const parsed = parsePattern(pattern)
  return messages.filter((message) => parsed.matches(message))
}

function fails(pattern: string, message: string | RegExp = 'Invalid filter pattern'): void {
  assert.throws(() => parsePattern(pattern), { name: 'PatternError', message }, pattern)
}

// The examples of AWS's page on the syntax.
describe('terms', () => {
  const lines = [
    '[ERROR 400] BAD REQUEST',
    '[ERROR 401] UNAUTHORIZED REQUEST',
    '[ERROR 419] MISSING ARGUMENTS',
    '[ERROR 420] INVALID ARGUMENTS',
    '[ERROR 500] INTERNAL SERVER ERROR',
    '[INFO] REQUEST FAILED',
  ]
  const cases: readonly [string, readonly number[]][] = [
    ['', [0, 1, 2, 3, 4, 5]],
    ['" "', [0, 1, 2, 3, 4, 5]],
    ['ERROR', [0, 1, 2, 3, 4]],
    ['error', []],
    ['ERROR ARGUMENTS', [2, 3]],
    ['?BAD ?ARGUMENTS', [0, 2, 3]],
    ['?ERROR ?ARGUMENTS REQUEST', [0, 1, 5]],
    ['"INTERNAL SERVER ERROR"', [4]],
    ['ERROR -ARGUMENTS', [0, 1, 4]],
    ['ERROR - "ARGUMENTS" -INTERNAL', [0, 1]],
    ['-ERROR', [5]],
    ['%4[0-9]{2}%', [0, 1, 2, 3]],
    ['%AUTHORIZED%', [1]],
    ['%^.INFO% FAILED', [5]],
    ['-%4\\d\\d% ERROR', [4]],
    ['?"[INFO]" ?420', [3, 5]],
  ]
  for (const [pattern, found] of cases)
    test(pattern, () =>
      assert.deepEqual(
        matching(pattern, lines),
        found.map((index) => lines[index]),
      ),
    )

  test('what must be quoted is named', () => {
    fails('a:b', "Invalid character(s) in term ':'")
    fails('(x', "Invalid character(s) in term '('")
    fails('ab a-b', "Invalid character(s) in term '-'")
    fails('%abc', "Invalid character(s) in term '%'")
    fails('"open')
    assert.deepEqual(matching('größe_1', ['die größe_1', 'x']), ['die größe_1'])
    assert.deepEqual(matching('"a \\"b\\" \\\\"', ['x a "b" \\ y', 'a b']), ['x a "b" \\ y'])
  })
})

describe('JSON', () => {
  const event = JSON.stringify({
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another value'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    'cluster.name': 'c',
    user: { id: 1, email: 'John.Stiles@example.com' },
    users: [
      { id: 2, email: 'John.Doe@example.com' },
      { id: 3, email: 'Jane.Doe@example.com' },
    ],
    actions: ['GET', 'PUT', 'DELETE'],
    coordinates: [
      [0, 1, 2],
      [4, 5, 6],
    ],
    latency: 0.5,
    account: '123456789012',
    'a-b_c': 'x y',
  })
  const holding = [
    '{ $.eventType = "UpdateTrail" }',
    '{$.eventType=UpdateTrail}',
    '{ $.eventType = "Update*" }',
    '{ $.eventType = *Trail }',
    '{ $.eventType = "*date*" }',
    '{ $.eventType = * }',
    '{ $.eventType != "x" }',
    '{ $.sourceIPAddress != 123.123.* }',
    '{ $.sourceIPAddress = 111.111.* }',
    '{ $.arrayKey[0] = "value" }',
    '{ $.arrayKey[*] = "another value" }',
    '{ $.arrayKey[*] = %val.{2}% }',
    '{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }',
    '{ $.objectList[1].id = 2 }',
    '{ $.objectList[*].id > 1 }',
    '{ $.[\'cluster.name\'] = "c" }',
    '{ $["cluster.name"] = "c" }',
    '{ $.a-b_c = "x y" }',
    '{ $.SomeObject IS NULL }',
    '{ $.ThisFlag IS TRUE }',
    '{ $.SomeOtherObject NOT EXISTS }',
    '{ $.user.x.y NOT EXISTS }',
    '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }',
    '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
    '{ $.latency < 1 && $.latency >= 5e-1 && $.latency > -1 && $.latency <= .5 && $.latency != 1e+3 }',
    '{ $.account = 123456789012 }',
    '{ $.coordinates[1][2] = 6 }',
    '{ $.coordinates[1][2] = "6" }',
    '  { $.user.id = 1 }  ',
  ]
  const failing = [
    '{ $.eventType = "updatetrail" }',
    '{ $.eventType = "Up*ail" }',
    '{ $.arrayKey = "value" }',
    '{ $.arrayKey != "value" }',
    '{ $.arrayKey[2] = "value" }',
    '{ $.missing != "x" }',
    '{ $.SomeObject NOT EXISTS }',
    '{ $.SomeObject != "x" }',
    '{ $.ThisFlag IS FALSE }',
    '{ $.ThisFlag = true }',
    '{ $.eventType > 1 }',
    '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
    '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
    '{ $.toString = * }',
    '{ $.__proto__.x NOT EXISTS && $.user.id = 7 }',
  ]
  for (const pattern of holding)
    test(`holds ${pattern}`, () => assert.equal(parsePattern(pattern).matches(event), true))
  for (const pattern of failing)
    test(`fails ${pattern}`, () => assert.equal(parsePattern(pattern).matches(event), false))

  test('text that is not JSON never matches', () => {
    const pattern = parsePattern('{ $.x NOT EXISTS }')
    for (const message of ['', 'x', '1', '"s"', '{', '{"a":', 'START {"a":1}'])
      assert.equal(pattern.matches(message), false)
    assert.equal(pattern.matches(' {"a":1}'), true)
  })

  test('broken patterns are refused', () => {
    fails('{ $.a = 1', "If a filter pattern starts with '{' it must end with '}'")
    fails('{', "If a filter pattern starts with '{' it must end with '}'")
    fails('{ $."sc-status" = 5* }', "Invalid character(s) in term '\"'")
    for (const pattern of ['{}', '{ $ = 1 }', '{ $.a }', '{ $.a = }', '{ $.a == 1 }', '{ a = 1 }', '{ $.a > x }'])
      fails(pattern, /^Invalid (filter pattern|character)/)
    for (const pattern of [
      '{ $.a EXISTS }',
      '{ $.a IS NOT NULL }',
      '{ ($.a = 1 }',
      '{ $.a = 1) }',
      '{ $.a = 1 & $.b = 1 }',
    ])
      fails(pattern, /^Invalid (filter pattern|character)/)
    fails('{ $.*.* = 1 }')
    fails('{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }')
    fails('{ $.a = %a% && $.b = %b% && $.c = %c% }')
    fails(`{ ${'('.repeat(60)}$.a = 1${')'.repeat(60)} }`)
  })

  test('selected values are shown', () => {
    assert.deepEqual(parsePattern('{ $.user.id = 1 && $.eventType = * }').extract(event), {
      '$.user.id': '1',
      '$.eventType': 'UpdateTrail',
    })
    assert.equal(parsePattern('{ $.user.id = 2 }').extract(event), undefined)
  })
})

describe('fields', () => {
  const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
  const holding = [
    '[ip, user, username, timestamp, request, status_code, bytes]',
    '[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]',
    '[..., request =*.html*, status_code = 4*, bytes]',
    '[..., request=*.html*, status_code=4*,]',
    '[ip, user, ..., status_code, bytes > 1000]',
    '[ip, user, ...]',
    '[ip, rest]',
    '[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]',
    '[ip, user, username, timestamp, request, (status_code = 4* && status_code != 403), bytes>=1534]',
    '[ip, user="Prod", ..., bytes<=1534]',
    '[...]',
  ]
  const failing = [
    '[a, b, c, d, e, f, g, h]',
    '[..., status_code = 5*, bytes]',
    '[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]',
    '[ip, rest = Prod]',
    '[..., bytes < 10]',
    '[ip > 1, ...]',
  ]
  for (const pattern of holding)
    test(`holds ${pattern}`, () => assert.equal(parsePattern(pattern).matches(access), true))
  for (const pattern of failing)
    test(`fails ${pattern}`, () => assert.equal(parsePattern(pattern).matches(access), false))

  test('the first word, as in the documentation', () => {
    const lines = [
      'INFO 09/25/2014 12:00:00 GET /service/resource/67 1200',
      'INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310',
      'WARNING 09/25/2014 12:00:02 Invalid user request',
      'ERROR 09/25/2014 12:00:02 Failed to process request',
    ]
    assert.deepEqual(matching('[w1=ERROR, w2]', lines), [lines[3]])
    assert.deepEqual(matching('[w1=ERROR || w1=WARNING, w2]', lines), [lines[2], lines[3]])
    assert.deepEqual(matching('[w1!=ERROR && w1!=WARNING, w2]', lines), [lines[0], lines[1]])
    const uri = (end: string): string =>
      `[logLevel, date, time, method, url=%/service/resource/[0-9]+${end}$%, response_time]`
    assert.deepEqual(matching(uri(''), lines), [lines[0]])
    assert.deepEqual(matching(uri('/part/[0-9]+'), lines), [lines[1]])
  })

  test('fields are shown by name, or by number where they have none', () => {
    assert.deepEqual(parsePattern('[..., request=*.html*, status_code=4*,]').extract(access), {
      $1: '127.0.0.1',
      $2: 'Prod',
      $3: 'frank',
      $4: '10/Oct/2000:13:25:15 -0700',
      $request: 'GET /index.html HTTP/1.0',
      $status_code: '404',
      $7: '1534',
    })
    assert.deepEqual(parsePattern('[time=*Z, id="*-*", event]').extract('2026-11-21T09:00:00Z a-b {"x": [1, 2]}\n'), {
      $time: '2026-11-21T09:00:00Z',
      $id: 'a-b',
      $event: '{"x": [1, 2]}',
    })
  })

  test('broken patterns are refused', () => {
    fails('[a, b', "If a filter pattern starts with '[' it must end with ']'")
    fails('[a, ..., b, ...]')
    for (const pattern of ['[a b]', '[a = 1 && b = 1]', '[= 1]', '[a >]', '[a > b]', '[a = 1 ||]', '[(a = 1]'])
      fails(pattern, /^Invalid (filter pattern|character)/)
  })

  test('marks that are never closed take linear time', () => {
    const started = performance.now()
    assert.equal(parsePattern('[a, b = x]').matches('[ '.repeat(500_000)), false)
    assert.equal(parsePattern('[a, b = x]').matches('" ['.repeat(300_000)), false)
    assert.ok(performance.now() - started < 2000)
  })
})
