import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Http1Head, HeadReader, maybeHead, UnreadableHead } from './head-reader.ts'

function read(text: string, reader = new HeadReader()): Http1Head {
  return reader.read(text)
}

test('a head is taken apart: the line of the request, names in lower case, values without the spaces around them', () => {
  const { method, target, minor, headers, fault } = read(
    'POST /a%20b?x=1 HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Spaced: \t two  words \t\r\nCookie: a=1\r\ncookie: b=2\r\nx-many: 1\r\nX-Many: 2\r\n__proto__: x\r\n',
  )
  assert.deepEqual([method, target, minor, fault], ['POST', '/a%20b?x=1', 1, undefined])
  assert.deepEqual(Object.entries(headers), [
    ['host', 'a'],
    ['x-empty', ''],
    ['x-spaced', 'two  words'],
    ['cookie', 'a=1; b=2'],
    ['x-many', '1,2'],
    ['__proto__', 'x'],
  ])
})

test('HTTP/1.0 needs no host', () => {
  assert.equal(read('GET / HTTP/1.0\r\n').minor, 0)
  assert.throws(() => read('GET / HTTP/1.1\r\n'), UnreadableHead)
})

test('what could be read in two ways is not read', () => {
  for (const text of [
    'GET  / HTTP/1.1\r\nhost: a\r\n',
    'GET / HTTP/1.1 \r\nhost: a\r\n',
    ' GET / HTTP/1.1\r\nhost: a\r\n',
    'GET / HTTP/1.2\r\nhost: a\r\n',
    'GET / HTTP/2.0\r\nhost: a\r\n',
    'get / HTTP/1.1\r\nhost: a\r\n',
    'FETCH / HTTP/1.1\r\nhost: a\r\n',
    'GET /\0 HTTP/1.1\r\nhost: a\r\n',
    'GET /a b HTTP/1.1\r\nhost: a\r\n',
    'GET / HTTP/1.1\nhost: a\r\n',
    'GET / HTTP/1.1\r\nhost: a\rx: y\r\n',
    'GET / HTTP/1.1\r\nhost: a\nx: y\r\n',
    'GET / HTTP/1.1\r\nhost : a\r\n',
    'GET / HTTP/1.1\r\n host: a\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\n folded\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\n: nameless\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nno colon\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\t\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n',
    'GET a HTTP/1.1\r\nhost: a\r\n',
    'GET ftp://a/ HTTP/1.1\r\nhost: a\r\n',
    'GET a:443 HTTP/1.1\r\nhost: a\r\n',
    'GET /\xe4 HTTP/1.1\r\nhost: a\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nx: a\x7fb\r\n',
    'GET / HTTP/1.1\r\nhost: a\r\nx\xe4: b\r\n',
  ])
    assert.throws(() => read(text), UnreadableHead, JSON.stringify(text))
})

test('headers that may come once, and too many of them, are a fault that can be answered', () => {
  const twice = read('GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\nContent-Length: 1\r\n').fault
  assert.deepEqual([twice?.status, twice?.message], [400, 'header content-length came twice'])
  assert.equal(read(`GET / HTTP/1.1\r\nhost: a\r\n${'a: b\r\n'.repeat(200)}`).fault?.status, 431)
  assert.equal(read(`GET / HTTP/1.1\r\nhost: a\r\n${'a: b\r\n'.repeat(199)}`).fault, undefined)
})

test('the beginning of a head is told from what can become none', () => {
  for (const start of ['', 'G', 'GET', 'GET ', 'OPTIONS ', 'P', 'DELETE /'.slice(0, 8)])
    assert.ok(maybeHead(start), start)
  for (const start of ['g', ' GET', 'hello', 'GETT', 'GE T', '\x16\x03']) assert.ok(!maybeHead(start), start)
})

// The lines of the head before are a shortcut only: with and without it every head reads alike.
const NAMES = [
  'host',
  'Host',
  'x-a',
  'x-ab',
  'X-A',
  'content-length',
  'authorization',
  'x',
  'x-amz-date',
  'cookie',
  '',
  'a b',
]
const VALUES = ['', 'a', 'ab', ' a', 'a ', 'b', '1', '12', 'a:b', 'a\rb', 'a\nb', 'a\0', '\xe4', 'a'.repeat(3000)]
const LINES = ['GET / HTTP/1.1', 'GET /a HTTP/1.1', 'GET /a HTTP/1.0', 'PUT /a HTTP/1.1', 'GET /', 'GET / HTTP/1.11']
const head = fc
  .tuple(
    fc.constantFrom(...LINES),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(':', ': '), fc.constantFrom(...VALUES)), {
      maxLength: 6,
    }),
  )
  .map(([line, headers]) => `${line}\r\nhost: a\r\n${headers.map(([n, c, v]) => `${n}${c}${v}\r\n`).join('')}`)

function outcome(reader: HeadReader, text: string): unknown {
  try {
    const { method, target, minor, headers, fault } = reader.read(text)
    return [method, target, minor, Object.entries(headers), fault?.message]
  } catch (error) {
    assert.ok(error instanceof UnreadableHead)
    return error.message
  }
}

test('what came before on the connection changes nothing', () => {
  fc.assert(
    fc.property(fc.array(head, { minLength: 2, maxLength: 6 }), (texts) => {
      const reader = new HeadReader()
      for (const text of texts) assert.deepEqual(outcome(reader, text), outcome(new HeadReader(), text))
    }),
    { numRuns: 2000 },
  )
})
